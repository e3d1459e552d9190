/* Runners: bound inputs, into one matrix and into places of their own, and everything that is refused. */
#include "expect.h"
#include <math.h>

int main(void) {
    flowtime_plan *plan = day_plan();
    flowtime_runner *runner = NULL;
    flowtime_run_options *options = NULL;
    flowtime_run *run = NULL;
    flowtime_warnings *warnings = NULL;
    double inputs[25], outputs[48], before[48], backlog[24], served[24];
    double *places[2] = {backlog, served};
    flowtime_series series = {0};

    OK(flowtime_run_options_new(&options, &error));
    OK(flowtime_run_options_keep(options, TEXT("backlog"), &error));
    OK(flowtime_run_options_keep(options, TEXT("use"), &error));
    OK(flowtime_run_options_keep(options, TEXT("backlog"), &error));
    OK(flowtime_runner_new(plan, options, &runner, &error));
    EXPECT(flowtime_runner_series_count(runner) == 2 && flowtime_runner_bins(runner) == 24);
    EXPECT(same_text(flowtime_runner_series_id(runner, 1), "use"));
    FAILS(FLOWTIME_STATUS_INVALID_ARGUMENT, flowtime_runner_series(runner, TEXT("backlog"), &series, &error));
    FAILS(FLOWTIME_STATUS_INVALID_ARGUMENT, flowtime_runner_bind(runner, TEXT("use"), FLOWTIME_INPUT_SHAPE_NUMBER, &error));
    FAILS(FLOWTIME_STATUS_INVALID_ARGUMENT, flowtime_runner_bind(runner, TEXT("usw"), FLOWTIME_INPUT_SHAPE_NUMBER, &error));
    OK(flowtime_runner_bind(runner, TEXT("arrivals"), FLOWTIME_INPUT_SHAPE_SERIES, &error));
    OK(flowtime_runner_bind(runner, TEXT("capacity"), FLOWTIME_INPUT_SHAPE_NUMBER, &error));
    FAILS(FLOWTIME_STATUS_INVALID_ARGUMENT, flowtime_runner_bind(runner, TEXT("capacity"), FLOWTIME_INPUT_SHAPE_NUMBER, &error));
    OK(flowtime_runner_set_seed(runner, 3, &error));

    for (int bin = 0; bin < 24; bin++) {
        inputs[bin] = bin;
    }
    inputs[24] = 7;
    OK(flowtime_runner_run_into(runner, inputs, 25, outputs, 48, &error));
    OK(flowtime_runner_run_into_each(runner, inputs, 25, places, 2, 24, &error));
    EXPECT(memcmp(outputs, backlog, sizeof backlog) == 0 && memcmp(outputs + 24, served, sizeof served) == 0);

    /* The same through options and a run. */
    OK(flowtime_run_options_set_seed(options, 3, &error));
    OK(flowtime_run_options_set_number(options, TEXT("capacity"), 1, &error));
    OK(flowtime_run_options_set_number(options, TEXT("capacity"), 7, &error));
    OK(flowtime_run_options_set_series(options, TEXT("arrivals"), inputs, 24, &error));
    OK(flowtime_plan_run(plan, options, &run, &error));
    EXPECT(memcmp(flowtime_run_series_at(run, 0).data, backlog, sizeof backlog) == 0);
    FAILS(FLOWTIME_STATUS_OUT_OF_RANGE, flowtime_run_copy_series(run, TEXT("use"), served, 23, &error));
    FAILS(FLOWTIME_STATUS_INVALID_ARGUMENT, flowtime_run_copy_series(run, TEXT("late"), served, 24, &error));
    flowtime_run_free(run);

    /* What is refused changes nothing and writes nothing. */
    memcpy(before, outputs, sizeof outputs);
    FAILS(FLOWTIME_STATUS_INVALID_ARGUMENT, flowtime_runner_run_into(runner, inputs, 24, outputs, 48, &error));
    FAILS(FLOWTIME_STATUS_INVALID_ARGUMENT, flowtime_runner_run_into(runner, inputs, 25, outputs, 47, &error));
    FAILS(FLOWTIME_STATUS_NULL_ARGUMENT, flowtime_runner_run_into(runner, NULL, 25, outputs, 48, &error));
    FAILS(FLOWTIME_STATUS_NULL_ARGUMENT, flowtime_runner_run_into(runner, inputs, 25, NULL, 48, &error));
    inputs[0] = 99;
    inputs[24] = INFINITY;
    FAILS(FLOWTIME_STATUS_INVALID_ARGUMENT, flowtime_runner_run_into(runner, inputs, 25, outputs, 48, &error));
    EXPECT(memcmp(before, outputs, sizeof outputs) == 0);
    OK(flowtime_runner_run(runner, &error));
    OK(flowtime_runner_series(runner, TEXT("backlog"), &series, &error));
    EXPECT(memcmp(series.data, before, 24 * sizeof(double)) == 0);
    inputs[0] = 0;
    inputs[24] = 0;
    places[1] = backlog + 23;
    FAILS(FLOWTIME_STATUS_INVALID_ARGUMENT, flowtime_runner_run_into_each(runner, inputs, 25, places, 2, 24, &error));
    places[1] = NULL;
    FAILS(FLOWTIME_STATUS_NULL_ARGUMENT, flowtime_runner_run_into_each(runner, inputs, 25, places, 2, 24, &error));

    /* Without capacity, `use` divides by zero in every bin. */
    OK(flowtime_runner_run_into(runner, inputs, 25, outputs, 48, &error));
    OK(flowtime_runner_warnings(runner, &warnings, &error));
    EXPECT(flowtime_warnings_count(warnings) == 1 && same_text(flowtime_warnings_node(warnings, 0), "use"));
    EXPECT(flowtime_warnings_bins(warnings, 0) == 24 && flowtime_warnings_message(warnings, 0).length > 0);
    EXPECT(flowtime_warnings_message(warnings, 1).data == NULL && flowtime_warnings_bins(warnings, 1) == 0);
    flowtime_warnings_free(warnings);
    OK(flowtime_run_options_set_number(options, TEXT("capacity"), 0, &error));
    OK(flowtime_plan_run(plan, options, &run, &error));
    EXPECT(flowtime_warnings_count(flowtime_run_warnings(run)) == 1);
    flowtime_run_free(run);

    OK(flowtime_run_options_set_limit(options, FLOWTIME_LIMIT_RESULT_BYTES, 1, &error));
    FAILS(FLOWTIME_STATUS_LIMIT_EXCEEDED, flowtime_plan_run(plan, options, &run, &error));
    OK(flowtime_runner_set_number(runner, TEXT("capacity"), 3, &error));
    OK(flowtime_runner_set_series(runner, TEXT("capacity"), inputs, 24, &error));
    FAILS(FLOWTIME_STATUS_INVALID_ARGUMENT, flowtime_runner_set_series(runner, TEXT("capacity"), inputs, 23, &error));
    flowtime_run_options_free(options);
    flowtime_runner_free(runner);
    flowtime_plan_free(plan);
    return 0;
}
