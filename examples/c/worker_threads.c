/* A host with worker threads: they share one plan, and each has a runner of its own. */
#include <flowtime.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { WORKERS = 4, JOBS = 64, BINS = 24 };

static const char model_text[] = "schemaVersion: 1\n"
                                 "grid: {bins: 24, binSize: 1, binUnit: hours}\n"
                                 "nodes:\n"
                                 "  - {id: arrivals, kind: const, values: [5, 9, 14, 20, 26, 18, 11, 7]}\n"
                                 "  - {id: capacity, kind: const, values: 12}\n"
                                 "  - {id: backlog, kind: expr, expr: 'QUEUE(arrivals, capacity)'}\n";

struct worker {
    const flowtime_plan *plan;
    size_t number;
    double *results;
    flowtime_status status;
};

/* Does every WORKERS-th job: the last backlog for a capacity. */
static void *work(void *argument) {
    struct worker *worker = argument;
    flowtime_runner *runner = NULL;
    double series[3 * BINS];
    worker->status = flowtime_runner_new(worker->plan, NULL, &runner, NULL);
    if (worker->status == FLOWTIME_STATUS_OK) {
        worker->status = flowtime_runner_bind(runner, "capacity", 8, FLOWTIME_INPUT_SHAPE_NUMBER, NULL);
    }
    for (size_t job = worker->number; job < JOBS && worker->status == FLOWTIME_STATUS_OK; job += WORKERS) {
        double capacity = 10 + 0.25 * (double)job;
        worker->status = flowtime_runner_run_into(runner, &capacity, 1, series, 3 * BINS, NULL);
        if (worker->status == FLOWTIME_STATUS_OK) {
            worker->results[job] = series[3 * BINS - 1];
        }
    }
    flowtime_runner_free(runner);
    return NULL;
}

int main(void) {
    flowtime_error *error = NULL;
    flowtime_model *model = NULL;
    flowtime_plan *plan = NULL;
    double results[JOBS] = {0};
    struct worker workers[WORKERS];
    pthread_t threads[WORKERS];

    if (flowtime_model_parse_cstr(model_text, &model, &error) != FLOWTIME_STATUS_OK ||
        flowtime_model_compile(model, &plan, &error) != FLOWTIME_STATUS_OK) {
        fprintf(stderr, "%.*s\n", FLOWTIME_STR_ARGS(flowtime_error_message(error)));
        return EXIT_FAILURE;
    }
    flowtime_model_free(model); /* The plan goes on. */
    for (size_t number = 0; number < WORKERS; number++) {
        workers[number] = (struct worker){plan, number, results, FLOWTIME_STATUS_OK};
        if (pthread_create(&threads[number], NULL, work, &workers[number]) != 0) {
            return EXIT_FAILURE;
        }
    }
    for (size_t number = 0; number < WORKERS; number++) {
        if (pthread_join(threads[number], NULL) != 0) {
            return EXIT_FAILURE;
        }
        if (workers[number].status != FLOWTIME_STATUS_OK) {
            fprintf(stderr, "worker %zu: %s\n", number, flowtime_status_name(workers[number].status));
            return EXIT_FAILURE;
        }
    }
    for (size_t job = 0; job < JOBS; job += 8) {
        printf("capacity %g: %g left\n", 10 + 0.25 * (double)job, results[job]);
    }
    flowtime_plan_free(plan);
    return EXIT_SUCCESS;
}
