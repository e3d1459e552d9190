// The C++ layer: it frees, throws, moves and iterates.
#include "expect.h"
#include <flowtime.hpp>
#include <memory>
#include <type_traits>

static_assert(std::is_move_constructible_v<flowtime::plan> && !std::is_copy_constructible_v<flowtime::plan>);
static_assert(std::is_nothrow_move_assignable_v<flowtime::run>);

static void runs() {
    flowtime::plan plan = flowtime::model::parse(DAY).compile();
    flowtime::plan moved = std::move(plan);
    EXPECT(moved.nodes().size() == 10 && moved.inputs()[1] == "capacity");
    EXPECT(moved.describe().find("10 nodes") != std::string::npos);
    flowtime::run run = moved.run(flowtime::run_options().seed(3).input("capacity", 9).keep("backlog").keep("use"));
    EXPECT(run.seed() == 3 && run.size() == 2);
    std::size_t seen = 0;
    for (auto [id, series] : run) {
        EXPECT(series.data() == run.series(id).data() && series.size() == run.bins());
        EXPECT(series.to_vector().size() == 24);
        seen++;
    }
    EXPECT(seen == 2 && run.warnings().empty());
    EXPECT(moved.run(flowtime::run_options().input("capacity", 0)).warnings().size() > 0);

    flowtime::runner runner = moved.runner(flowtime::run_options().seed(3).keep("backlog"));
    runner.bind("capacity");
    std::vector<double> inputs{9}, outputs(runner.size() * runner.bins());
    runner.run_into(inputs, outputs.data(), outputs.size());
    for (std::size_t bin = 0; bin < 24; bin++) {
        EXPECT(outputs[bin] == run.series("backlog")[bin]);
    }
    runner.input("arrivals", std::vector<double>(24, 1.0));
    runner.run();
    EXPECT(runner.series("backlog").size() == 24);
}

static void builds() {
    std::vector<double> values{1, 2}, chances{0.25, 0.75};
    flowtime::model_builder builder(2, 1, FLOWTIME_BIN_UNIT_WEEKS);
    builder.constant("a", 1).constant("b", values).pmf("c", values, chances, FLOWTIME_PMF_POLICY_EXPECTED);
    builder.expr("d", "a + b + c").seed(4).start("2026-01-05T00:00:00Z").output("d", "sum.csv");
    builder.limit(FLOWTIME_LIMIT_NODES, 4);
    flowtime::model model = builder.build();
    EXPECT(model.compile().run().series("d")[1] == 4.75 && model.seed() == 4);
    EXPECT(model.compile().outputs().size() == 1 && model.compile().outputs()[0].file == "sum.csv");
    EXPECT(flowtime::model::parse(model.to_yaml()).hash() == model.hash() && model.bins() == 2);
}

static void throws() {
    try {
        flowtime::model::parse("schemaVersion: 1\ngrid: 5\nnodes: []\n");
        EXPECT(false);
    } catch (const flowtime::error &error) {
        EXPECT(error.status() == FLOWTIME_STATUS_INVALID_MODEL && error.diagnostics().size() == 2);
        EXPECT(error.diagnostics()[0].code == "FT0002" && error.diagnostics()[0].place.line == 2);
        EXPECT(std::string(error.what()).find("FT0002") != std::string::npos);
    }
    // A series of 8 numbers over 24 bins is worth a remark.
    EXPECT(flowtime::validate("").size() == 1 && flowtime::validate(DAY).size() == 1);
    EXPECT(flowtime::validate(DAY)[0].severity != FLOWTIME_SEVERITY_ERROR);
    flowtime::cancel cancel;
    cancel.request();
    EXPECT(cancel.requested());
    try {
        flowtime::model::parse(DAY).compile().run(flowtime::run_options().cancel(cancel));
        EXPECT(false);
    } catch (const flowtime::error &error) {
        EXPECT(error.status() == FLOWTIME_STATUS_CANCELLED && error.diagnostics().empty());
    }
}

static const char sourced[] = "schemaVersion: 1\n"
                              "grid: {bins: 2, binSize: 1, binUnit: hours}\n"
                              "nodes:\n"
                              "  - {id: a, kind: const, source: 'load.csv#cars'}\n"
                              "  - {id: b, kind: const, source: 'load.csv#vans'}\n"
                              "  - {id: c, kind: expr, expr: a + b}\n";

static void documents() {
    // Reserved sections are errors, or warnings where that is wanted.
    std::string reserved = std::string(DAY) + "topology: {}\n";
    std::vector<flowtime::diagnostic> warnings;
    try {
        flowtime::model::parse(reserved, flowtime::parse_options().name("day.yaml"), &warnings);
        EXPECT(false);
    } catch (const flowtime::error &error) {
        EXPECT(std::string(error.what()).find("day.yaml") != std::string::npos && warnings.empty());
    }
    flowtime::model model = flowtime::model::parse(reserved, flowtime::parse_options().ignore_reserved(), &warnings);
    EXPECT(model.bins() == 24 && warnings.size() == 2 && warnings[1].severity == FLOWTIME_SEVERITY_WARNING);
    EXPECT(!warnings[1].name.empty() && warnings[1].place.line == 14);
    // They replace what was there.
    flowtime::model::parse("schemaVersion: 1\ngrid: {bins: 1, binSize: 1, binUnit: hours}\n"
                           "nodes: [{id: a, kind: const, values: 1}]\n", {}, &warnings);
    EXPECT(warnings.empty() && flowtime::validate(reserved, flowtime::parse_options().ignore_reserved()).size() == 2);
    try {
        flowtime::model::parse(DAY, flowtime::parse_options().limit(FLOWTIME_LIMIT_NODES, 3));
        EXPECT(false);
    } catch (const flowtime::error &error) {
        EXPECT(error.status() != FLOWTIME_STATUS_OK);
    }
    // The second of two nodes points at the first.
    std::vector<flowtime::diagnostic> twice = flowtime::validate(
        "schemaVersion: 1\ngrid: {bins: 1, binSize: 1, binUnit: hours}\nnodes:\n"
        "  - {id: a, kind: const, values: 1}\n  - {id: a, kind: const, values: 1}\n");
    EXPECT(twice.size() == 1 && twice[0].place.line == 5);
    EXPECT(twice[0].labels.size() == 1 && twice[0].labels[0].place.line == 4 && !twice[0].labels[0].message.empty());

    flowtime::migrated old = flowtime::migrate("grid: {bins: 1, binMinutes: 60}\nnodes: []\n");
    EXPECT(old.text.find("binUnit") != std::string::npos && !old.changes.empty());
    EXPECT(flowtime::migrate(DAY).text == DAY && flowtime::migrate(DAY).changes.empty());
    EXPECT(flowtime::json_schema()[0] == '{' && flowtime::version() == FLOWTIME_VERSION);
    try {
        flowtime::migrate("ab\xFF");
        EXPECT(false);
    } catch (const flowtime::error &error) {
        EXPECT(error.status() == FLOWTIME_STATUS_INVALID_UTF8 && error.offset() == 2);
    }

    std::vector<flowtime::node> nodes = model.nodes();
    EXPECT(nodes.size() == 10 && nodes[0].kind == FLOWTIME_NODE_KIND_CONST && nodes[0].unit == "jobs");
    EXPECT(nodes[0].values.size() == 8 && nodes[2].probabilities.size() == 3 && nodes[3].expr == "arrivals + noise");
    EXPECT(model.bin_minutes() == 60 && model.bin_start(24) == "2026-01-06T00:00:00Z" && model.title().empty());
    EXPECT(model.metadata_json() == "null" && model.provenance_json() == "null" && nodes[0].metadata_json == "null");
    EXPECT(!model.seed().has_value() && model.logic_hash() != model.hash());
    flowtime::plan plan = model.compile();
    EXPECT(!plan.seed().has_value() && plan.outputs().size() == 10 && plan.outputs()[9].file == "total.csv");
    EXPECT(model.findings(plan.run(flowtime::run_options().input("capacity", 0))).size() > 0);
    flowtime::edge edge = plan.edges()[0];
    EXPECT(edge.reader == "load" && edge.read == "arrivals" && edge.lag == 0);
}

// Thrown by callbacks; nothing of the library knows it.
struct mine {
    int number;
};

static void sources() {
    flowtime::model model = flowtime::model::parse(sourced);
    EXPECT(model.nodes()[1].source == "load.csv#vans");
    std::vector<flowtime::diagnostic> warnings(1);
    std::vector<std::string> asked;
    flowtime::model whole = model.resolve_sources(
        [&](std::string_view source) {
            asked.emplace_back(source);
            return std::vector<double>{1, 2};
        },
        &warnings);
    EXPECT(asked.size() == 2 && asked[0] == "load.csv#cars" && warnings.empty());
    EXPECT(whole.compile().run().series("c")[1] == 4);
    // A source that is not there is a diagnostic; all of them are asked for.
    int calls = 0;
    try {
        model.resolve_sources([&](std::string_view) -> std::vector<double> {
            calls++;
            throw flowtime::source_error("no file `load.csv` beside the model");
        });
        EXPECT(false);
    } catch (const flowtime::error &error) {
        EXPECT(error.status() == FLOWTIME_STATUS_INVALID_MODEL && error.diagnostics().size() == 2 && calls == 2);
        EXPECT(error.diagnostics()[1].message.find("beside the model") != std::string::npos);
    }
    // Whatever else is thrown arrives here, and nothing is asked for any more.
    calls = 0;
    try {
        model.resolve_sources([&](std::string_view) -> std::vector<double> { throw mine{++calls}; });
        EXPECT(false);
    } catch (const mine &caught) {
        EXPECT(caught.number == 1 && calls == 1);
    }
}

static void callbacks() {
    const flowtime::plan plan = flowtime::model::parse(DAY).compile();
    double last = 0;
    plan.run(flowtime::run_options().progress([&](double done) { last = done; }));
    EXPECT(last == 1);
    // To stop is to be cancelled; the next run of a runner goes on.
    bool stop = true;
    flowtime::runner runner = plan.runner(flowtime::run_options().progress([&](double) { return !stop; }));
    try {
        runner.run();
        EXPECT(false);
    } catch (const flowtime::error &error) {
        EXPECT(error.status() == FLOWTIME_STATUS_CANCELLED);
    }
    stop = false;
    runner.run();
    // The options are gone, the function is not: its state is the runner's.
    auto count = std::make_shared<int>(0);
    flowtime::runner counting =
        plan.runner(flowtime::run_options().keep("late").progress([count](double) { ++*count; }));
    EXPECT(count.use_count() == 2);
    counting.run();
    EXPECT(*count > 0 && counting.ids().size() == 1 && counting.ids()[0] == "late");
    counting = std::move(runner);
    EXPECT(count.use_count() == 1);

    // What is thrown arrives where the call was made, through a run within a run too.
    flowtime::run_options throwing;
    throwing.progress([](double) { throw mine{7}; });
    for (int round = 0; round < 2; round++) {
        try {
            plan.run(throwing);
            EXPECT(false);
        } catch (const mine &caught) {
            EXPECT(caught.number == 7);
        }
    }
    try {
        plan.run(flowtime::run_options().progress([&](double) { plan.run(throwing); }));
        EXPECT(false);
    } catch (const mine &caught) {
        EXPECT(caught.number == 7);
    }
    // It is not left over for the next failure.
    plan.run(flowtime::run_options().progress([&](double) {
        try {
            plan.run(throwing);
        } catch (const mine &) {
            last = 2;
        }
    }));
    EXPECT(last == 2);
    flowtime_run *none = nullptr;
    EXPECT(flowtime_plan_run(plan.get(), throwing.get(), &none, nullptr) == FLOWTIME_STATUS_CANCELLED);
    try {
        plan.run(flowtime::run_options().keep("nobody"));
        EXPECT(false);
    } catch (const flowtime::error &error) {
        EXPECT(error.status() == FLOWTIME_STATUS_INVALID_ARGUMENT);
    }

    std::vector<double> backlog(24), use(24);
    flowtime::runner places = plan.runner(flowtime::run_options().keep("backlog").keep("use"));
    places.bind("capacity");
    places.run_into(std::vector<double>{0}, std::vector<double *>{backlog.data(), use.data()});
    EXPECT(places.warnings().size() == 1 && backlog[23] > 0 && use[23] == 0);
}

static void ensembles() {
    flowtime::plan plan = flowtime::model::parse(DAY).compile();
    double last = 0;
    flowtime::ensemble_options options(64);
    options.seed(5).keep("backlog").above("backlog", 8).below("backlog", 8).quantile(0.5);
    options.statistic(FLOWTIME_STATISTIC_MEAN).measure("backlog", FLOWTIME_MEASURE_MAXIMUM).chosen({7});
    options.histogram("backlog", std::vector<double>{0, 8, 1000}).threads(2).progress([&](double done) { last = done; });
    flowtime::ensemble made = plan.ensemble(options);
    flowtime::ensemble ensemble = std::move(made);
    EXPECT(ensemble.scenarios() == 64 && ensemble.ids().size() == 1 && last == 1);
    flowtime::run seventh = plan.run(flowtime::run_options().seed(flowtime_scenario_seed(5, 7)));
    EXPECT(ensemble.seeds()[7] == seventh.seed() && ensemble.missing("backlog")[3] == 0);
    EXPECT(ensemble.chosen("backlog").to_vector() == seventh.series("backlog").to_vector());
    EXPECT(ensemble.mean("backlog").size() == 24 && ensemble.quantile("backlog", 0.5).size() == 24);
    EXPECT(ensemble.measure("backlog", FLOWTIME_MEASURE_MAXIMUM).size() == 64 && !ensemble.describe().empty());
    std::vector<std::uint64_t> counts = ensemble.histogram("backlog");
    EXPECT(counts.size() == 48 && counts[0] + counts[1] == 64 && ensemble.warnings().empty());
    EXPECT(ensemble.above("backlog", 8)[4] + ensemble.below("backlog", 8)[4] <= 1);
    try {
        ensemble.statistic("backlog", FLOWTIME_STATISTIC_DEVIATION);
        EXPECT(false);
    } catch (const flowtime::error &error) {
        EXPECT(error.status() == FLOWTIME_STATUS_INVALID_ARGUMENT);
    }
    try {
        plan.ensemble(flowtime::ensemble_options(9).progress([](double) { throw mine{9}; }));
        EXPECT(false);
    } catch (const mine &caught) {
        EXPECT(caught.number == 9);
    }
    std::vector<double> capacities{10, 12, 14}, each(64, 12), matrix(64 * 24, 3);
    flowtime::sweep sweep = plan.sweep(flowtime::sweep_inputs().add("capacity", capacities), options);
    EXPECT(sweep.size() == 3 && sweep.numbers("capacity").to_vector() == capacities);
    double before = 1e9;
    for (flowtime::ensemble_view point : sweep) {
        EXPECT(point.mean("backlog")[10] < before);
        before = point.mean("backlog")[10];
    }
    EXPECT(sweep[1].mean("backlog").to_vector() == ensemble.mean("backlog").to_vector());
    options.input_each("capacity", each).input_each("arrivals", matrix, 24).input("noise", 0);
    EXPECT(plan.ensemble(options).mean("backlog")[23] == 0);
}

int main() {
    runs();
    ensembles();
    builds();
    throws();
    documents();
    sources();
    callbacks();
    return 0;
}
