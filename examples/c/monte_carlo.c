/* A Monte-Carlo host: one run a seed, straight into a matrix of its own, and statistics over its rows. */
#include <flowtime.h>
#include <stdio.h>
#include <stdlib.h>

enum { RUNS = 1000, BINS = 12 };

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

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(void) {
    static double backlog[RUNS][BINS];
    double column[RUNS];
    flowtime_error *error = NULL;
    flowtime_model *model = NULL;
    flowtime_plan *plan = NULL;
    flowtime_run_options *options = NULL;
    flowtime_runner *runner = NULL;

    check(flowtime_model_parse_cstr(model_text, &model, &error), error);
    check(flowtime_model_compile(model, &plan, &error), error);
    check(flowtime_run_options_new(&options, &error), error);
    check(flowtime_run_options_keep(options, "backlog", 7, &error), error);
    check(flowtime_runner_new(plan, options, &runner, &error), error);
    for (size_t run = 0; run < RUNS; run++) {
        check(flowtime_runner_set_seed(runner, run, &error), error);
        check(flowtime_runner_run_into(runner, NULL, 0, backlog[run], BINS, &error), error);
    }
    for (size_t bin = 0; bin < BINS; bin++) {
        for (size_t run = 0; run < RUNS; run++) {
            column[run] = backlog[run][bin];
        }
        qsort(column, RUNS, sizeof column[0], ascending);
        printf("bin %2zu: median %g, 19 of 20 below %g\n", bin, column[RUNS / 2], column[RUNS * 19 / 20]);
    }
    flowtime_runner_free(runner);
    flowtime_run_options_free(options);
    flowtime_plan_free(plan);
    flowtime_model_free(model);
    return EXIT_SUCCESS;
}
