// The C++ layer: it frees, throws, moves and iterates.
#include "expect.h"
#include <flowtime.hpp>
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
    builder.expr("d", "a + b + c").seed(4);
    flowtime::model model = builder.build();
    EXPECT(model.compile().run().series("d")[1] == 4.75);
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

int main() {
    runs();
    builds();
    throws();
    return 0;
}
