/* How likely is it that more than 40 wait, and from which capacity on is that rare? Ten thousand scenarios for each
 * capacity, all with the same random numbers. */
#include <flowtime.h>
#include <stdio.h>
#include <stdlib.h>

static const char model_text[] =
    "schemaVersion: 1\n"
    "grid: {bins: 12, binSize: 1, binUnit: hours}\n"
    "nodes:\n"
    "  - {id: arrivals, kind: pmf, pmf: {values: [0, 8, 16, 32], probabilities: [0.2, 0.4, 0.3, 0.1]}}\n"
    "  - {id: capacity, kind: const, values: 13}\n"
    "  - {id: backlog, kind: expr, expr: 'QUEUE(arrivals, capacity)'}\n";

static void check(flowtime_status status, flowtime_error *error) {
    if (status != FLOWTIME_STATUS_OK) {
        fprintf(stderr, "%.*s\n", FLOWTIME_STR_ARGS(flowtime_error_message(error)));
        flowtime_error_free(error);
        exit(EXIT_FAILURE);
    }
}

int main(void) {
    const double capacities[] = {11, 13, 15, 17, 19};
    flowtime_error *error = NULL;
    flowtime_model *model = NULL;
    flowtime_plan *plan = NULL;
    flowtime_ensemble_options *options = NULL;
    flowtime_sweep_inputs *inputs = NULL;
    flowtime_sweep *sweep = NULL;

    check(flowtime_model_parse_cstr(model_text, &model, &error), error);
    check(flowtime_model_compile(model, &plan, &error), error);
    check(flowtime_ensemble_options_new(10000, &options, &error), error);
    check(flowtime_ensemble_options_keep(options, "backlog", 7, &error), error);
    check(flowtime_ensemble_options_add_quantile(options, 0.95, &error), error);
    check(flowtime_ensemble_options_above(options, "backlog", 7, 40, &error), error);
    check(flowtime_sweep_inputs_new(&inputs, &error), error);
    check(flowtime_sweep_inputs_add(inputs, "capacity", 8, capacities, 5, &error), error);
    check(flowtime_plan_sweep(plan, inputs, FLOWTIME_SWEEP_SHAPE_TABLE, options, &sweep, &error), error);

    for (size_t point = 0; point < flowtime_sweep_count(sweep); point++) {
        const flowtime_ensemble *ensemble = flowtime_sweep_at(sweep, point);
        flowtime_series likely, high;
        check(flowtime_ensemble_above(ensemble, "backlog", 7, 40, &likely, &error), error);
        check(flowtime_ensemble_quantile(ensemble, "backlog", 7, 0.95, &high, &error), error);
        printf("capacity %g: after 12 hours 95 %% have at most %g waiting, %.1f %% more than 40\n", capacities[point],
               high.data[11], 100 * likely.data[11]);
    }

    flowtime_sweep_free(sweep);
    flowtime_sweep_inputs_free(inputs);
    flowtime_ensemble_options_free(options);
    flowtime_plan_free(plan);
    flowtime_model_free(model);
    return EXIT_SUCCESS;
}
