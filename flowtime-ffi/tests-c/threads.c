/* Eight threads share a plan; one of them is cancelled by another; callbacks come in the caller's thread. */
#include "expect.h"
#include <pthread.h>

enum { THREADS = 8, ROUNDS = 20 };

static const flowtime_plan *shared_plan;
static const flowtime_run *shared_run;

static void *work(void *argument) {
    size_t number = *(const unsigned char *)argument;
    flowtime_runner *runner = NULL;
    double series[240];
    flowtime_series wanted;
    OK(flowtime_runner_new(shared_plan, NULL, &runner, &error));
    for (size_t round = 0; round < ROUNDS; round++) {
        flowtime_run *run = NULL;
        flowtime_run_options *options = NULL;
        OK(flowtime_run_options_new(&options, &error));
        OK(flowtime_run_options_set_seed(options, number, &error));
        OK(flowtime_plan_run(shared_plan, options, &run, &error));
        EXPECT(flowtime_run_seed(run) == number);
        flowtime_run_free(run);
        flowtime_run_options_free(options);
        OK(flowtime_runner_run_into(runner, NULL, 0, series, 240, &error));
        wanted = flowtime_run_series_at(shared_run, 9);
        EXPECT(memcmp(series + 9 * 24, wanted.data, 24 * sizeof(double)) == 0);
        FAILS(FLOWTIME_STATUS_INVALID_MODEL, flowtime_model_parse_cstr("x", &(flowtime_model *){NULL}, &error));
    }
    flowtime_runner_free(runner);
    return NULL;
}

/* Against the contract, eight threads use one runner: each call is done whole or refused. */
static void *share(void *runner) {
    double series[240];
    for (size_t round = 0; round < ROUNDS; round++) {
        flowtime_status status = flowtime_runner_run_into(runner, NULL, 0, series, 240, NULL);
        EXPECT(status == FLOWTIME_STATUS_OK || status == FLOWTIME_STATUS_IN_USE);
        EXPECT(status == FLOWTIME_STATUS_IN_USE ||
               memcmp(series, flowtime_run_series_at(shared_run, 0).data, 24 * sizeof(double)) == 0);
        status = flowtime_runner_set_seed(runner, round, NULL);
        EXPECT(status == FLOWTIME_STATUS_OK || status == FLOWTIME_STATUS_IN_USE);
    }
    return NULL;
}

struct watch {
    pthread_t thread;
    int calls;
    double last;
    flowtime_cancel *cancel;
    flowtime_runner *runner;
    int in_use;
    int32_t answer;
};

static int32_t progress(double done, void *user_data) {
    struct watch *watch = user_data;
    EXPECT(pthread_equal(watch->thread, pthread_self()));
    EXPECT(done >= watch->last && done <= 1);
    watch->last = done;
    watch->calls++;
    if (watch->cancel != NULL) {
        EXPECT(flowtime_cancel_request(watch->cancel, NULL) == FLOWTIME_STATUS_OK);
    }
    if (watch->runner != NULL) {
        /* The runner is running: it refuses instead of going wrong. */
        watch->in_use += flowtime_runner_run(watch->runner, NULL) == FLOWTIME_STATUS_IN_USE;
    }
    return watch->answer;
}

static void *cancel_soon(void *cancel) {
    OK(flowtime_cancel_request(cancel, &error));
    return NULL;
}

/* Runs until it is cancelled from another thread. */
static void *run_until_cancelled(void *cancel) {
    flowtime_run_options *options = NULL;
    flowtime_run *run = NULL;
    flowtime_error *error = NULL;
    flowtime_status status;
    OK(flowtime_run_options_new(&options, &error));
    OK(flowtime_run_options_set_cancel(options, cancel, &error));
    do {
        run = NULL;
        status = flowtime_plan_run(shared_plan, options, &run, &error);
        flowtime_run_free(run);
    } while (status == FLOWTIME_STATUS_OK);
    EXPECT(status == FLOWTIME_STATUS_CANCELLED);
    flowtime_error_free(error);
    flowtime_run_options_free(options);
    return NULL;
}

int main(void) {
    static unsigned char numbers[THREADS];
    pthread_t threads[THREADS], canceller;
    flowtime_plan *plan = day_plan();
    flowtime_run *run = NULL;
    flowtime_cancel *cancel = NULL;
    flowtime_run_options *options = NULL;
    flowtime_runner *runner = NULL;
    struct watch watch = {0};

    OK(flowtime_plan_run(plan, NULL, &run, &error));
    shared_plan = plan;
    shared_run = run;
    for (size_t i = 0; i < THREADS; i++) {
        numbers[i] = (unsigned char)i;
        EXPECT(pthread_create(&threads[i], NULL, work, &numbers[i]) == 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        EXPECT(pthread_join(threads[i], NULL) == 0);
    }

    OK(flowtime_runner_new(plan, NULL, &runner, &error));
    for (size_t i = 0; i < THREADS; i++) {
        EXPECT(pthread_create(&threads[i], NULL, share, runner) == 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        EXPECT(pthread_join(threads[i], NULL) == 0);
    }
    OK(flowtime_runner_run(runner, &error));
    flowtime_runner_free(runner);

    OK(flowtime_cancel_new(&cancel, &error));
    EXPECT(flowtime_cancel_is_requested(cancel) == 0);
    EXPECT(pthread_create(&threads[0], NULL, run_until_cancelled, cancel) == 0);
    EXPECT(pthread_create(&canceller, NULL, cancel_soon, cancel) == 0);
    EXPECT(pthread_join(canceller, NULL) == 0 && pthread_join(threads[0], NULL) == 0);
    EXPECT(flowtime_cancel_is_requested(cancel) == 1);
    flowtime_cancel_free(cancel);

    watch.thread = pthread_self();
    OK(flowtime_run_options_new(&options, &error));
    OK(flowtime_run_options_set_progress(options, progress, &watch, &error));
    flowtime_run_free(run);
    OK(flowtime_plan_run(plan, options, &run, &error));
    EXPECT(watch.calls > 0 && watch.last == 1);
    OK(flowtime_runner_new(plan, options, &runner, &error));
    watch.last = 0;
    watch.runner = runner;
    OK(flowtime_runner_run(runner, &error));
    EXPECT(watch.in_use > 0);
    watch.runner = NULL;

    /* A progress function may stop its own run, and that one alone. */
    watch.last = 0;
    watch.answer = -1;
    FAILS(FLOWTIME_STATUS_CANCELLED, flowtime_runner_run(runner, &error));
    watch.last = 0;
    watch.answer = 0;
    OK(flowtime_runner_run(runner, &error));
    flowtime_runner_free(runner);

    /* A cancellation that it asks for stops what is left of this run, and every later one. */
    OK(flowtime_cancel_new(&watch.cancel, &error));
    OK(flowtime_run_options_set_cancel(options, watch.cancel, &error));
    flowtime_run *one = NULL, *none = NULL;
    watch.last = 0;
    /* How much is left when it is asked is the engine's affair. */
    flowtime_status first = flowtime_plan_run(plan, options, &one, NULL);
    EXPECT(first == FLOWTIME_STATUS_CANCELLED ? one == NULL : first == FLOWTIME_STATUS_OK && one != NULL);
    flowtime_run_free(one);
    EXPECT(flowtime_cancel_is_requested(watch.cancel) == 1);
    watch.calls = 0;
    FAILS(FLOWTIME_STATUS_CANCELLED, flowtime_plan_run(plan, options, &none, &error));
    EXPECT(none == NULL && watch.calls == 0);
    flowtime_cancel_free(watch.cancel);

    flowtime_run_options_free(options);
    flowtime_run_free(run);
    flowtime_plan_free(plan);
    return 0;
}
