/* How much capacity keeps the backlog small? The plan is compiled once and run for each candidate. */
#include <flowtime.h>
#include <stdio.h>
#include <stdlib.h>

static const char model_text[] = "schemaVersion: 1\n"
                                 "grid: {bins: 8, binSize: 1, binUnit: hours}\n"
                                 "nodes:\n"
                                 "  - {id: arrivals, kind: const, values: [10, 30, 25, 20, 5, 0, 12, 9]}\n"
                                 "  - {id: capacity, kind: const, values: 18}\n"
                                 "  - {id: backlog, kind: expr, expr: 'QUEUE(arrivals, capacity)'}\n";

static void check(flowtime_status status, flowtime_error *error) {
    if (status != FLOWTIME_STATUS_OK) {
        fprintf(stderr, "%.*s\n", FLOWTIME_STR_ARGS(flowtime_error_message(error)));
        flowtime_error_free(error);
        exit(EXIT_FAILURE);
    }
}

int main(void) {
    flowtime_error *error = NULL;
    flowtime_model *model = NULL;
    flowtime_plan *plan = NULL;
    flowtime_run_options *options = NULL;
    flowtime_runner *runner = NULL;
    double backlog[8];

    check(flowtime_model_parse_cstr(model_text, &model, &error), error);
    check(flowtime_model_compile(model, &plan, &error), error);
    check(flowtime_run_options_new(&options, &error), error);
    check(flowtime_run_options_keep(options, "backlog", 7, &error), error);
    check(flowtime_runner_new(plan, options, &runner, &error), error);
    check(flowtime_runner_bind(runner, "capacity", 8, FLOWTIME_INPUT_SHAPE_NUMBER, &error), error);

    for (double capacity = 14; capacity <= 26; capacity += 2) {
        double worst = 0;
        check(flowtime_runner_run_into(runner, &capacity, 1, backlog, 8, &error), error);
        for (size_t bin = 0; bin < 8; bin++) {
            worst = backlog[bin] > worst ? backlog[bin] : worst;
        }
        printf("capacity %g: at most %g waiting\n", capacity, worst);
    }

    flowtime_runner_free(runner);
    flowtime_run_options_free(options);
    flowtime_plan_free(plan);
    flowtime_model_free(model);
    return EXIT_SUCCESS;
}
