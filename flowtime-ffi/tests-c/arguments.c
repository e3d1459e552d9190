/* What a caller can get wrong, and what the functions say when it does not. */
#include "expect.h"
#include <math.h>
#include <stdint.h>

static void versions(void) {
    char text[64];
    EXPECT(strcmp(flowtime_version(), FLOWTIME_VERSION) == 0);
    snprintf(text, sizeof text, "%d.%d.%d", FLOWTIME_VERSION_MAJOR, FLOWTIME_VERSION_MINOR, FLOWTIME_VERSION_PATCH);
    EXPECT(strcmp(text, FLOWTIME_VERSION) == 0);
    EXPECT(flowtime_version_number() == FLOWTIME_VERSION_NUMBER);
    EXPECT(flowtime_abi_version() == FLOWTIME_ABI_VERSION);
    EXPECT(strcmp(flowtime_status_name(FLOWTIME_STATUS_CANCELLED), "cancelled") == 0);
    EXPECT(strcmp(flowtime_status_name(-7), "unknown") == 0);
}

static void enums(void) {
    static const int32_t wrong[] = {INT32_MIN, -1, 5, 11, 77, INT32_MAX};
    static const double values[] = {1, 2};
    flowtime_model_builder *builder = NULL, *none = NULL;
    flowtime_parse_options *parse = NULL;
    flowtime_run_options *options = NULL;
    flowtime_runner *runner = NULL;
    flowtime_plan *plan = day_plan();
    flowtime_diagnostics *found = NULL;
    flowtime_text *text = NULL;
    OK(flowtime_model_builder_new(2, 1, FLOWTIME_BIN_UNIT_DAYS, &builder, &error));
    OK(flowtime_parse_options_new(&parse, &error));
    OK(flowtime_run_options_new(&options, &error));
    OK(flowtime_runner_new(plan, NULL, &runner, &error));
    OK(flowtime_validate(NULL, 0, NULL, &found, &error));
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        int32_t n = wrong[i];
        FAILS(FLOWTIME_STATUS_INVALID_ARGUMENT, flowtime_model_builder_new(2, 1, n, &none, &error));
        FAILS(FLOWTIME_STATUS_INVALID_ARGUMENT, flowtime_model_builder_add_series(builder, TEXT("a"), values, 2, n, &error));
        FAILS(FLOWTIME_STATUS_INVALID_ARGUMENT, flowtime_model_builder_add_pmf(builder, TEXT("a"), values, values, 2, n, &error));
        FAILS(FLOWTIME_STATUS_INVALID_ARGUMENT, flowtime_runner_bind(runner, TEXT("capacity"), n, &error));
        FAILS(FLOWTIME_STATUS_INVALID_ARGUMENT, flowtime_diagnostics_render(found, n, &text, &error));
        FAILS(FLOWTIME_STATUS_INVALID_ARGUMENT, flowtime_parse_options_set_ignore_reserved(parse, n, &error));
        if (n < 1 || n > 11) {
            FAILS(FLOWTIME_STATUS_INVALID_ARGUMENT, flowtime_parse_options_set_limit(parse, n, 1, &error));
            FAILS(FLOWTIME_STATUS_INVALID_ARGUMENT, flowtime_run_options_set_limit(options, n, 1, &error));
            FAILS(FLOWTIME_STATUS_INVALID_ARGUMENT, flowtime_model_builder_set_limit(builder, n, 1, &error));
        }
    }
    EXPECT(none == NULL && text == NULL);
    flowtime_diagnostics_free(found);
    flowtime_runner_free(runner);
    flowtime_run_options_free(options);
    flowtime_parse_options_free(parse);
    flowtime_model_builder_free(builder);
    flowtime_plan_free(plan);
}

static void encoding(void) {
    flowtime_run_options *options = NULL;
    flowtime_error *error = NULL;
    flowtime_model *model = NULL;
    flowtime_text *text = NULL;
    OK(flowtime_run_options_new(&options, &error));
    EXPECT(flowtime_run_options_keep(options, "ab\xff", 3, &error) == FLOWTIME_STATUS_INVALID_UTF8);
    EXPECT(flowtime_error_offset(error) == 2);
    flowtime_error_free(error);
    error = NULL;
    FAILS(FLOWTIME_STATUS_INVALID_UTF8, flowtime_migrate("\xc3", 1, &text, NULL, &error));
    /* A document that is not UTF-8 is a document with an error. */
    FAILS(FLOWTIME_STATUS_INVALID_MODEL, flowtime_model_parse("caf\xe9", 4, NULL, &model, NULL, &error));
    /* A NUL inside a name is text like any other, and comes back in the message. */
    OK(flowtime_run_options_keep(options, "a\0b", 3, &error));
    flowtime_plan *plan = day_plan();
    flowtime_run *run = NULL;
    EXPECT(flowtime_plan_run(plan, options, &run, &error) == FLOWTIME_STATUS_INVALID_ARGUMENT);
    EXPECT(run == NULL && flowtime_error_offset(error) == SIZE_MAX);
    flowtime_error_free(error);
    /* Lengths that no memory has. */
    FAILS(FLOWTIME_STATUS_INVALID_ARGUMENT, flowtime_run_options_keep(options, "a", SIZE_MAX, &error));
    FAILS(FLOWTIME_STATUS_INVALID_ARGUMENT,
          flowtime_run_options_set_series(options, TEXT("a"), (const double *)(uintptr_t)8, SIZE_MAX / 8, &error));
    FAILS(FLOWTIME_STATUS_INVALID_ARGUMENT,
          flowtime_run_options_set_series(options, TEXT("a"), (const double *)(uintptr_t)9, 1, &error));
    flowtime_plan_free(plan);
    flowtime_run_options_free(options);
}

static void errors_have_everything(void) {
    static const char text[] = "schemaVersion: 1\ngrid: {bins: 2, binSize: 1, binUnit: hours}\n"
                               "nodes:\n  - {id: a, kind: expr, expr: b + 1}\n  - {id: a, kind: const, values: [1, 2, 3, 4, 5]}\n";
    flowtime_parse_options *options = NULL;
    flowtime_model *model = NULL;
    flowtime_error *error = NULL;
    const flowtime_diagnostics *list;
    size_t labels = 0;
    OK(flowtime_parse_options_new(&options, &error));
    OK(flowtime_parse_options_set_name(options, TEXT("été.yaml"), &error));
    EXPECT(flowtime_model_parse(TEXT(text), options, &model, NULL, &error) == FLOWTIME_STATUS_INVALID_MODEL);
    EXPECT(model == NULL);
    list = flowtime_error_diagnostics(error);
    EXPECT(flowtime_diagnostics_count(list) >= 2);
    EXPECT(flowtime_diagnostics_at(list, flowtime_diagnostics_count(list)) == NULL);
    for (size_t i = 0; i < flowtime_diagnostics_count(list); i++) {
        const flowtime_diagnostic *one = flowtime_diagnostics_at(list, i);
        flowtime_place place = flowtime_diagnostic_place(one);
        EXPECT(place.line >= 1 && place.column >= 1 && place.start < sizeof text);
        EXPECT(flowtime_diagnostic_path(one).data != NULL);
        for (size_t label = 0; label < flowtime_diagnostic_label_count(one); label++, labels++) {
            EXPECT(flowtime_diagnostic_label_message(one, label).length > 0);
            EXPECT(flowtime_diagnostic_label_place(one, label).line >= 1);
        }
    }
    EXPECT(labels > 0);
    EXPECT(strstr(flowtime_error_message(error).data, "été.yaml") != NULL);
    flowtime_error_free(error);
    OK(flowtime_parse_options_set_limit(options, FLOWTIME_LIMIT_DOCUMENT_BYTES, 10, &error));
    FAILS(FLOWTIME_STATUS_INVALID_MODEL, flowtime_model_parse(TEXT(DAY), options, &model, NULL, &error));
    flowtime_parse_options_free(options);
    /* Without an error object the status is all there is. */
    EXPECT(flowtime_model_parse_cstr("", &model, NULL) == FLOWTIME_STATUS_INVALID_MODEL);
}

static void models_say_what_they_are(void) {
    static const double values[] = {1, 2}, chances[] = {0.5, 0.5};
    flowtime_model_builder *builder = NULL;
    flowtime_model *model = NULL, *again = NULL;
    flowtime_text *text = NULL, *hash = NULL, *other = NULL;
    flowtime_str start;
    OK(flowtime_model_builder_new(4, 30, FLOWTIME_BIN_UNIT_MINUTES, &builder, &error));
    OK(flowtime_model_builder_set_start(builder, TEXT("2026-01-05T00:00:00Z"), &error));
    OK(flowtime_model_builder_set_seed(builder, 9, &error));
    OK(flowtime_model_builder_add_number(builder, TEXT("one"), 1, &error));
    OK(flowtime_model_builder_add_series(builder, TEXT("two"), values, 2, FLOWTIME_CONST_POLICY_STRETCH, &error));
    OK(flowtime_model_builder_add_pmf(builder, TEXT("die"), values, chances, 2, FLOWTIME_PMF_POLICY_EXPECTED, &error));
    OK(flowtime_model_builder_add_expr(builder, TEXT("sum"), TEXT("one + two + die"), &error));
    OK(flowtime_model_builder_add_output(builder, TEXT("sum"), TEXT("sum.csv"), &error));
    OK(flowtime_model_builder_build(builder, &model, &error));
    OK(flowtime_model_builder_add_number(builder, TEXT("not good"), NAN, &error));
    FAILS(FLOWTIME_STATUS_INVALID_MODEL, flowtime_model_builder_build(builder, &again, &error));
    flowtime_model_builder_free(builder);
    EXPECT(flowtime_model_bins(model) == 4 && flowtime_model_bin_size(model) == 30);
    EXPECT(flowtime_model_bin_unit(model) == FLOWTIME_BIN_UNIT_MINUTES && flowtime_model_bin_minutes(model) == 30);
    EXPECT(same_text(flowtime_model_start(model), "2026-01-05T00:00:00Z") && flowtime_model_seed(model) == 9);
    OK(flowtime_model_bin_start(model, 3, &text, &error));
    EXPECT(strcmp(flowtime_text_cstr(text), "2026-01-05T01:30:00Z") == 0);
    EXPECT(same_text(flowtime_text_view(text), "2026-01-05T01:30:00Z"));
    flowtime_text_free(text);
    FAILS(FLOWTIME_STATUS_OUT_OF_RANGE, flowtime_model_bin_start(model, 5, &text, &error));
    EXPECT(flowtime_model_node_count(model) == 4 && flowtime_model_find(model, TEXT("die")) == 2);
    EXPECT(flowtime_model_find(model, TEXT("nobody")) == SIZE_MAX);
    EXPECT(flowtime_model_node_kind(model, 2) == FLOWTIME_NODE_KIND_PMF);
    EXPECT(flowtime_model_node_policy(model, 2) == FLOWTIME_PMF_POLICY_EXPECTED);
    EXPECT(flowtime_model_node_policy(model, 1) == FLOWTIME_CONST_POLICY_STRETCH);
    EXPECT(flowtime_model_node_values(model, 1).length == 2 && flowtime_model_node_values(model, 1).data[1] == 2);
    EXPECT(flowtime_model_node_probabilities(model, 2).data[0] == 0.5);
    EXPECT(same_text(flowtime_model_node_expr(model, 3), "one + two + die"));
    start = flowtime_model_node_id(model, 4);
    EXPECT(start.data == NULL && start.length == 0);
    OK(flowtime_model_to_yaml(model, &text, &error));
    OK(flowtime_model_parse_cstr(flowtime_text_cstr(text), &again, &error));
    OK(flowtime_model_hash(model, &hash, &error));
    OK(flowtime_model_hash(again, &other, &error));
    EXPECT(strcmp(flowtime_text_cstr(hash), flowtime_text_cstr(other)) == 0);
    flowtime_text_free(other);
    OK(flowtime_model_logic_hash(again, &other, &error));
    EXPECT(strcmp(flowtime_text_cstr(hash), flowtime_text_cstr(other)) != 0);
    flowtime_text_free(other);
    flowtime_text_free(hash);
    flowtime_text_free(text);
    flowtime_model_free(again);
    flowtime_model_free(model);
}

static void plans_describe_themselves(void) {
    flowtime_plan *plan = day_plan();
    flowtime_text *text = NULL;
    int loop = 0;
    EXPECT(flowtime_plan_bins(plan) == 24 && flowtime_plan_bin_size(plan) == 1 && flowtime_plan_seed(plan) == -1);
    EXPECT(flowtime_plan_bin_unit(plan) == FLOWTIME_BIN_UNIT_HOURS);
    EXPECT(flowtime_plan_node_count(plan) == 10 && flowtime_plan_find(plan, TEXT("use")) == 6);
    EXPECT(same_text(flowtime_plan_node_unit(plan, 0), "jobs") && flowtime_plan_node_is_input(plan, 2) == 1);
    EXPECT(flowtime_plan_node_is_input(plan, 3) == 0 && flowtime_plan_node_kind(plan, 3) == FLOWTIME_NODE_KIND_EXPR);
    EXPECT(flowtime_plan_input_count(plan) == 3 && same_text(flowtime_plan_input_id(plan, 1), "capacity"));
    EXPECT(flowtime_plan_output_count(plan) == 10 && same_text(flowtime_plan_output_file(plan, 9), "total.csv"));
    EXPECT(same_text(flowtime_plan_output_id(plan, 9), "total"));
    for (size_t i = 0; i < flowtime_plan_edge_count(plan); i++) {
        loop += same_text(flowtime_plan_edge_reader(plan, i), "backlog") &&
                same_text(flowtime_plan_edge_read(plan, i), "backlog") && flowtime_plan_edge_lag(plan, i) == 1;
    }
    EXPECT(loop == 1);
    OK(flowtime_plan_describe(plan, &text, &error));
    EXPECT(strstr(flowtime_text_cstr(text), "10 nodes") != NULL);
    flowtime_text_free(text);
    flowtime_plan_free(plan);
}

/* Numbers for `load.csv`; anything else has none. */
static void supply(void *user_data, flowtime_str source, flowtime_values *values) {
    static const double numbers[] = {3, 4};
    ++*(int *)user_data;
    if (same_text(source, "load.csv")) {
        EXPECT(flowtime_values_set(values, numbers, 2, NULL) == FLOWTIME_STATUS_OK);
    } else if (same_text(source, "gone.csv")) {
        EXPECT(flowtime_values_fail(values, TEXT("no such file"), NULL) == FLOWTIME_STATUS_OK);
    }
}

static void documents(void) {
    static const char sources[] = "schemaVersion: 1\ngrid: {bins: 2, binSize: 1, binUnit: hours}\n"
                                  "nodes:\n  - {id: a, kind: const, source: %s}\n";
    static const char old[] = "grid: {bins: 24, binMinutes: 60} # a day\nnodes: [{id: a, kind: const, values: 1}]\n";
    flowtime_model *model = NULL, *resolved = NULL;
    flowtime_diagnostics *warnings = NULL;
    flowtime_text *text = NULL, *changes = NULL;
    char document[256];
    int asked = 0;
    snprintf(document, sizeof document, sources, "load.csv");
    OK(flowtime_model_parse_cstr(document, &model, &error));
    EXPECT(same_text(flowtime_model_node_source(model, 0), "load.csv"));
    OK(flowtime_model_resolve_sources(model, supply, &asked, &resolved, &warnings, &error));
    EXPECT(asked == 1 && flowtime_model_node_values(resolved, 0).data[1] == 4);
    EXPECT(flowtime_diagnostics_count(warnings) == 0);
    flowtime_diagnostics_free(warnings);
    flowtime_model_free(resolved);
    flowtime_model_free(model);
    for (int i = 0; i < 2; i++) {
        snprintf(document, sizeof document, sources, i == 0 ? "gone.csv" : "silent.csv");
        OK(flowtime_model_parse_cstr(document, &model, &error));
        FAILS(FLOWTIME_STATUS_INVALID_MODEL,
              flowtime_model_resolve_sources(model, supply, &asked, &resolved, NULL, &error));
        flowtime_model_free(model);
    }
    OK(flowtime_migrate(TEXT(old), &text, &changes, &error));
    EXPECT(strstr(flowtime_text_cstr(text), "binUnit: hours} # a day") != NULL);
    EXPECT(strchr(flowtime_text_cstr(changes), '\n') != NULL);
    flowtime_text_free(changes);
    flowtime_text_free(text);
    OK(flowtime_json_schema(&text, &error));
    EXPECT(flowtime_text_cstr(text)[0] == '{');
    flowtime_text_free(text);
}

/* What stands beside the model, and what looks wrong in its results. */
static void remarks(void) {
    static const char text[] = "schemaVersion: 1\ngrid: {bins: 2, binSize: 1, binUnit: hours}\n"
                               "metadata: {title: Dock, owner: {name: Ann}}\nnodes:\n"
                               "  - {id: a, kind: const, values: [0, 2], metadata: {b: 1, a: [x, 2.5]}}\n"
                               "  - {id: b, kind: expr, expr: 1 / a}\n";
    flowtime_model *model = NULL, *other = NULL;
    flowtime_plan *plan = NULL;
    flowtime_run *run = NULL;
    flowtime_diagnostics *found = NULL;
    flowtime_text *json = NULL;
    OK(flowtime_model_parse_cstr(text, &model, &error));
    OK(flowtime_model_metadata_json(model, &json, &error));
    EXPECT(strcmp(flowtime_text_cstr(json), "{\"owner\":{\"name\":\"Ann\"},\"title\":\"Dock\"}") == 0);
    flowtime_text_free(json);
    OK(flowtime_model_provenance_json(model, &json, &error));
    EXPECT(strcmp(flowtime_text_cstr(json), "null") == 0);
    flowtime_text_free(json);
    OK(flowtime_model_node_metadata_json(model, 0, &json, &error));
    EXPECT(strcmp(flowtime_text_cstr(json), "{\"a\":[\"x\",2.5],\"b\":1}") == 0);
    flowtime_text_free(json);
    FAILS(FLOWTIME_STATUS_OUT_OF_RANGE, flowtime_model_node_metadata_json(model, 2, &json, &error));

    OK(flowtime_model_compile(model, &plan, &error));
    OK(flowtime_plan_run(plan, NULL, &run, &error));
    OK(flowtime_run_findings(run, model, &found, &error));
    EXPECT(flowtime_diagnostics_count(found) == 1 && flowtime_diagnostics_error_count(found) == 0);
    EXPECT(same_text(flowtime_diagnostic_name(flowtime_diagnostics_at(found, 0)), "division-by-zero"));
    EXPECT(flowtime_diagnostic_place(flowtime_diagnostics_at(found, 0)).line == 6);
    flowtime_diagnostics_free(found);
    OK(flowtime_model_parse_cstr(DAY, &other, &error));
    FAILS(FLOWTIME_STATUS_INVALID_ARGUMENT, flowtime_run_findings(run, other, &found, &error));
    flowtime_model_free(other);
    flowtime_run_free(run);
    flowtime_plan_free(plan);
    flowtime_model_free(model);
}

int main(void) {
    versions();
    enums();
    encoding();
    errors_have_everything();
    models_say_what_they_are();
    plans_describe_themselves();
    documents();
    remarks();
    return 0;
}
