/* Ensembles: scenarios are single runs bit for bit, statistics are those of the runs, and what is refused. */
#include "expect.h"
#include <math.h>
#include <time.h>

enum { SCENARIOS = 70, BINS = 24 };

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int same(flowtime_series series, const double *numbers, size_t length) {
    return series.length == length && memcmp(series.data, numbers, length * sizeof *numbers) == 0;
}

/* All scenarios one by one: backlog by scenario and bin. */
static void run_each(const flowtime_plan *plan, uint64_t seed, const double *capacity, double (*backlog)[BINS]) {
    flowtime_runner *runner = NULL;
    flowtime_run_options *options = NULL;
    OK(flowtime_run_options_new(&options, &error));
    OK(flowtime_run_options_keep(options, TEXT("backlog"), &error));
    OK(flowtime_runner_new(plan, options, &runner, &error));
    OK(flowtime_runner_bind(runner, TEXT("capacity"), FLOWTIME_INPUT_SHAPE_NUMBER, &error));
    for (size_t k = 0; k < SCENARIOS; k++) {
        OK(flowtime_runner_set_seed(runner, flowtime_scenario_seed(seed, k), &error));
        OK(flowtime_runner_run_into(runner, &capacity[k], 1, backlog[k], BINS, &error));
    }
    flowtime_runner_free(runner);
    flowtime_run_options_free(options);
}

struct watch {
    double last;
    int32_t answer;
};

static int32_t progress(double done, void *user_data) {
    struct watch *watch = user_data;
    EXPECT(done >= watch->last && done <= 1);
    watch->last = done;
    return watch->answer;
}

struct counted {
    size_t calls;
    double first, last;
    size_t stop_at;
};

static int32_t count(double done, void *user_data) {
    struct counted *counted = user_data;
    counted->first = counted->calls++ == 0 ? done : counted->first;
    counted->last = done;
    return counted->calls == counted->stop_at;
}

static double seconds(void) {
    struct timespec now;
    timespec_get(&now, TIME_UTC);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* However many pieces the work has, progress is told twenty times a second at most, and at both ends. */
static void progress_is_told_now_and_then(const flowtime_plan *plan) {
    flowtime_ensemble_options *options = NULL;
    flowtime_ensemble *ensemble = NULL;
    for (size_t stop_at = 0; stop_at <= 2; stop_at++) {
        struct counted counted = {.stop_at = stop_at};
        OK(flowtime_ensemble_options_new(200 * 1024, &options, &error));
        OK(flowtime_ensemble_options_keep(options, TEXT("backlog"), &error));
        OK(flowtime_ensemble_options_add_statistic(options, FLOWTIME_STATISTIC_MEAN, &error));
        OK(flowtime_ensemble_options_set_progress(options, count, &counted, &error));
        double began = seconds();
        if (stop_at == 0) {
            OK(flowtime_plan_ensemble(plan, options, &ensemble, &error));
            EXPECT(counted.first < 1 && counted.last == 1);
            flowtime_ensemble_free(ensemble);
        } else {
            FAILS(FLOWTIME_STATUS_CANCELLED, flowtime_plan_ensemble(plan, options, &ensemble, &error));
            EXPECT(counted.calls == stop_at);
        }
        EXPECT(counted.calls <= 3 + 20 * (seconds() - began));
        flowtime_ensemble_options_free(options);
    }
}

static void equals_single_runs(const flowtime_plan *plan) {
    static double backlog[SCENARIOS][BINS], capacity[SCENARIOS], peaks[SCENARIOS], matrix[SCENARIOS * BINS];
    static uint64_t seeds[SCENARIOS], counts[2 * BINS], missing[BINS];
    static size_t chosen[SCENARIOS];
    const double edges[] = {0, 8, 1e6};
    flowtime_ensemble_options *options = NULL;
    flowtime_ensemble *ensemble = NULL;
    flowtime_series series = {0}, least = {0}, above = {0}, below = {0};
    struct watch watch = {0};
    flowtime_text *text = NULL;

    for (size_t k = 0; k < SCENARIOS; k++) {
        capacity[k] = 9 + (double)(k % 7);
        chosen[k] = SCENARIOS - 1 - k;
    }
    run_each(plan, 11, capacity, backlog);

    OK(flowtime_ensemble_options_new(SCENARIOS, &options, &error));
    OK(flowtime_ensemble_options_set_seed(options, 11, &error));
    OK(flowtime_ensemble_options_set_numbers(options, TEXT("capacity"), capacity, SCENARIOS, &error));
    OK(flowtime_ensemble_options_keep(options, TEXT("backlog"), &error));
    OK(flowtime_ensemble_options_add_statistic(options, FLOWTIME_STATISTIC_MINIMUM, &error));
    OK(flowtime_ensemble_options_add_statistic(options, FLOWTIME_STATISTIC_MEAN, &error));
    OK(flowtime_ensemble_options_add_quantile(options, 1, &error));
    OK(flowtime_ensemble_options_above(options, TEXT("backlog"), 8, &error));
    OK(flowtime_ensemble_options_below(options, TEXT("backlog"), 8, &error));
    OK(flowtime_ensemble_options_histogram(options, TEXT("backlog"), edges, 3, &error));
    OK(flowtime_ensemble_options_measure(options, TEXT("backlog"), FLOWTIME_MEASURE_MAXIMUM, 0, &error));
    OK(flowtime_ensemble_options_measure(options, TEXT("backlog"), FLOWTIME_MEASURE_BINS_ABOVE, 8, &error));
    OK(flowtime_ensemble_options_set_chosen(options, chosen, SCENARIOS, &error));
    OK(flowtime_ensemble_options_set_threads(options, 2, &error));
    OK(flowtime_ensemble_options_set_progress(options, progress, &watch, &error));
    OK(flowtime_plan_ensemble(plan, options, &ensemble, &error));
    EXPECT(watch.last == 1);

    EXPECT(flowtime_ensemble_scenarios(ensemble) == SCENARIOS && flowtime_ensemble_seed(ensemble) == 11);
    EXPECT(flowtime_ensemble_bins(ensemble) == BINS && flowtime_ensemble_series_count(ensemble) == 1);
    EXPECT(same_text(flowtime_ensemble_series_id(ensemble, 0), "backlog"));
    EXPECT(flowtime_ensemble_series_id(ensemble, 1).data == NULL);
    OK(flowtime_ensemble_copy_seeds(ensemble, seeds, SCENARIOS, &error));
    OK(flowtime_ensemble_chosen_series(ensemble, TEXT("backlog"), &series, &error));
    EXPECT(series.length == SCENARIOS * BINS);
    for (size_t k = 0; k < SCENARIOS; k++) {
        EXPECT(seeds[k] == flowtime_scenario_seed(11, k));
        EXPECT(memcmp(series.data + chosen[k] * BINS, backlog[k], sizeof backlog[k]) == 0);
        peaks[k] = 0;
        for (size_t bin = 0; bin < BINS; bin++) {
            peaks[k] = backlog[k][bin] > peaks[k] ? backlog[k][bin] : peaks[k];
        }
    }
    OK(flowtime_ensemble_measure(ensemble, TEXT("backlog"), FLOWTIME_MEASURE_MAXIMUM, 0, &series, &error));
    EXPECT(same(series, peaks, SCENARIOS));

    OK(flowtime_ensemble_statistic(ensemble, TEXT("backlog"), FLOWTIME_STATISTIC_MINIMUM, &least, &error));
    OK(flowtime_ensemble_quantile(ensemble, TEXT("backlog"), 1, &series, &error));
    OK(flowtime_ensemble_above(ensemble, TEXT("backlog"), 8, &above, &error));
    OK(flowtime_ensemble_below(ensemble, TEXT("backlog"), 8, &below, &error));
    OK(flowtime_ensemble_copy_histogram(ensemble, TEXT("backlog"), counts, 2 * BINS, &error));
    OK(flowtime_ensemble_copy_missing(ensemble, TEXT("backlog"), missing, BINS, &error));
    for (size_t bin = 0; bin < BINS; bin++) {
        double column[SCENARIOS];
        size_t over = 0, under = 0;
        for (size_t k = 0; k < SCENARIOS; k++) {
            column[k] = backlog[k][bin];
            over += column[k] > 8;
            under += column[k] < 8;
        }
        qsort(column, SCENARIOS, sizeof *column, ascending);
        EXPECT(least.data[bin] == column[0] && series.data[bin] == column[SCENARIOS - 1]);
        EXPECT(above.data[bin] == (double)over / SCENARIOS && below.data[bin] == (double)under / SCENARIOS);
        EXPECT(counts[2 * bin] == under && counts[2 * bin + 1] == SCENARIOS - under && missing[bin] == 0);
    }
    OK(flowtime_ensemble_histogram_edges(ensemble, TEXT("backlog"), &series, &error));
    EXPECT(same(series, edges, 3));
    OK(flowtime_ensemble_describe(ensemble, &text, &error));
    EXPECT(flowtime_text_view(text).length > 0 && flowtime_warnings_count(flowtime_ensemble_warnings(ensemble)) == 0);
    flowtime_text_free(text);

    /* What was not asked for, and room of the wrong size. */
    FAILS(FLOWTIME_STATUS_INVALID_ARGUMENT, flowtime_ensemble_statistic(ensemble, TEXT("backlog"), FLOWTIME_STATISTIC_DEVIATION, &series, &error));
    FAILS(FLOWTIME_STATUS_INVALID_ARGUMENT, flowtime_ensemble_statistic(ensemble, TEXT("backlog"), 99, &series, &error));
    FAILS(FLOWTIME_STATUS_INVALID_ARGUMENT, flowtime_ensemble_quantile(ensemble, TEXT("backlog"), NAN, &series, &error));
    FAILS(FLOWTIME_STATUS_INVALID_ARGUMENT, flowtime_ensemble_above(ensemble, TEXT("backlog"), 9, &series, &error));
    FAILS(FLOWTIME_STATUS_INVALID_ARGUMENT, flowtime_ensemble_measure(ensemble, TEXT("backlog"), FLOWTIME_MEASURE_LAST, 0, &series, &error));
    FAILS(FLOWTIME_STATUS_INVALID_ARGUMENT, flowtime_ensemble_chosen_series(ensemble, TEXT("use"), &series, &error));
    FAILS(FLOWTIME_STATUS_INVALID_ARGUMENT, flowtime_ensemble_histogram_edges(ensemble, TEXT("use"), &series, &error));
    FAILS(FLOWTIME_STATUS_OUT_OF_RANGE, flowtime_ensemble_copy_seeds(ensemble, seeds, SCENARIOS - 1, &error));
    FAILS(FLOWTIME_STATUS_OUT_OF_RANGE, flowtime_ensemble_copy_histogram(ensemble, TEXT("backlog"), counts, BINS, &error));
    FAILS(FLOWTIME_STATUS_NULL_ARGUMENT, flowtime_ensemble_copy_missing(ensemble, TEXT("backlog"), NULL, BINS, &error));
    EXPECT(same(series, edges, 3));
    flowtime_ensemble_free(ensemble);

    /* The same from seeds one by one and a series each; views outlive the options. */
    for (size_t k = 0; k < SCENARIOS; k++) {
        for (size_t bin = 0; bin < BINS; bin++) {
            matrix[k * BINS + bin] = capacity[k];
        }
    }
    OK(flowtime_ensemble_options_set_seeds(options, seeds, SCENARIOS, &error));
    OK(flowtime_ensemble_options_set_series_each(options, TEXT("capacity"), matrix, SCENARIOS, BINS, &error));
    OK(flowtime_ensemble_options_set_threads(options, 0, &error));
    watch.last = 0;
    OK(flowtime_plan_ensemble(plan, options, &ensemble, &error));
    OK(flowtime_ensemble_measure(ensemble, TEXT("backlog"), FLOWTIME_MEASURE_MAXIMUM, 0, &series, &error));
    EXPECT(same(series, peaks, SCENARIOS));

    watch.last = 0;
    watch.answer = 1;
    FAILS(FLOWTIME_STATUS_CANCELLED, flowtime_plan_ensemble(plan, options, &(flowtime_ensemble *){NULL}, &error));
    flowtime_ensemble_options_free(options);
    EXPECT(same(series, peaks, SCENARIOS));
    flowtime_ensemble_free(ensemble);
}

static void sweeps(const flowtime_plan *plan) {
    const double capacities[] = {10, 12, 14}, loads[] = {1, 2};
    flowtime_ensemble_options *options = NULL;
    flowtime_sweep_inputs *inputs = NULL;
    flowtime_sweep *sweep = NULL;
    flowtime_series series = {0}, alone = {0};

    OK(flowtime_ensemble_options_new(100, &options, &error));
    OK(flowtime_ensemble_options_keep(options, TEXT("backlog"), &error));
    OK(flowtime_sweep_inputs_new(&inputs, &error));
    FAILS(FLOWTIME_STATUS_INVALID_ARGUMENT, flowtime_plan_sweep(plan, inputs, FLOWTIME_SWEEP_SHAPE_GRID, options, &sweep, &error));
    OK(flowtime_sweep_inputs_add(inputs, TEXT("capacity"), capacities, 3, &error));
    OK(flowtime_sweep_inputs_add(inputs, TEXT("noise"), loads, 2, &error));
    FAILS(FLOWTIME_STATUS_INVALID_ARGUMENT, flowtime_plan_sweep(plan, inputs, FLOWTIME_SWEEP_SHAPE_TABLE, options, &sweep, &error));
    FAILS(FLOWTIME_STATUS_INVALID_ARGUMENT, flowtime_plan_sweep(plan, inputs, 0, options, &sweep, &error));
    EXPECT(sweep == NULL);
    OK(flowtime_plan_sweep(plan, inputs, FLOWTIME_SWEEP_SHAPE_GRID, options, &sweep, &error));
    EXPECT(flowtime_sweep_count(sweep) == 6 && flowtime_sweep_at(sweep, 6) == NULL);
    OK(flowtime_sweep_numbers(sweep, TEXT("noise"), &series, &error));
    EXPECT(series.length == 6 && series.data[0] == 1 && series.data[1] == 2 && series.data[2] == 1);
    FAILS(FLOWTIME_STATUS_INVALID_ARGUMENT, flowtime_sweep_numbers(sweep, TEXT("arrivals"), &series, &error));

    /* A point is the ensemble with its inputs. */
    flowtime_ensemble *ensemble = NULL;
    OK(flowtime_ensemble_options_set_number(options, TEXT("capacity"), 12, &error));
    FAILS(FLOWTIME_STATUS_INVALID_ARGUMENT, flowtime_plan_sweep(plan, inputs, FLOWTIME_SWEEP_SHAPE_GRID, options, &(flowtime_sweep *){NULL}, &error));
    OK(flowtime_ensemble_options_set_number(options, TEXT("noise"), 2, &error));
    OK(flowtime_plan_ensemble(plan, options, &ensemble, &error));
    OK(flowtime_ensemble_statistic(ensemble, TEXT("backlog"), FLOWTIME_STATISTIC_MEAN, &alone, &error));
    OK(flowtime_ensemble_statistic(flowtime_sweep_at(sweep, 3), TEXT("backlog"), FLOWTIME_STATISTIC_MEAN, &series, &error));
    EXPECT(same(series, alone.data, BINS));
    flowtime_sweep_inputs_free(inputs);
    flowtime_sweep_free(sweep);
    flowtime_ensemble_free(ensemble);
    flowtime_ensemble_options_free(options);
}

static void refusals(const flowtime_plan *plan) {
    const double numbers[BINS] = {0};
    const size_t far[] = {5};
    flowtime_ensemble_options *options = NULL;
    flowtime_ensemble *ensemble = NULL;
    flowtime_cancel *cancel = NULL;

#define REFUSED(status, setter)                                                                          \
    do {                                                                                                 \
        OK(flowtime_ensemble_options_new(5, &options, &error));                                          \
        OK(setter);                                                                                      \
        FAILS(status, flowtime_plan_ensemble(plan, options, &ensemble, &error));                         \
        flowtime_ensemble_options_free(options);                                                         \
    } while (0)

    REFUSED(FLOWTIME_STATUS_INVALID_ARGUMENT, flowtime_ensemble_options_set_seed(options, UINT64_MAX, &error));
    REFUSED(FLOWTIME_STATUS_INVALID_ARGUMENT, flowtime_ensemble_options_set_seeds(options, NULL, 0, &error));
    REFUSED(FLOWTIME_STATUS_INVALID_ARGUMENT, flowtime_ensemble_options_set_number(options, TEXT("use"), 1, &error));
    REFUSED(FLOWTIME_STATUS_INVALID_ARGUMENT, flowtime_ensemble_options_set_number(options, TEXT("capacity"), INFINITY, &error));
    REFUSED(FLOWTIME_STATUS_INVALID_ARGUMENT, flowtime_ensemble_options_set_series(options, TEXT("capacity"), numbers, 3, &error));
    REFUSED(FLOWTIME_STATUS_INVALID_ARGUMENT, flowtime_ensemble_options_set_numbers(options, TEXT("capacity"), numbers, 4, &error));
    REFUSED(FLOWTIME_STATUS_INVALID_ARGUMENT, flowtime_ensemble_options_set_series_each(options, TEXT("capacity"), numbers, 1, BINS, &error));
    REFUSED(FLOWTIME_STATUS_INVALID_ARGUMENT, flowtime_ensemble_options_keep(options, TEXT("nobody"), &error));
    REFUSED(FLOWTIME_STATUS_INVALID_ARGUMENT, flowtime_ensemble_options_add_quantile(options, 1.5, &error));
    REFUSED(FLOWTIME_STATUS_INVALID_ARGUMENT, flowtime_ensemble_options_above(options, TEXT("use"), NAN, &error));
    REFUSED(FLOWTIME_STATUS_INVALID_ARGUMENT, flowtime_ensemble_options_histogram(options, TEXT("use"), numbers, 2, &error));
    REFUSED(FLOWTIME_STATUS_INVALID_ARGUMENT, flowtime_ensemble_options_set_chosen(options, far, 1, &error));
    REFUSED(FLOWTIME_STATUS_LIMIT_EXCEEDED, flowtime_ensemble_options_set_limit(options, FLOWTIME_LIMIT_RESULT_BYTES, 8, &error));
    OK(flowtime_cancel_new(&cancel, &error));
    OK(flowtime_cancel_request(cancel, &error));
    REFUSED(FLOWTIME_STATUS_CANCELLED, flowtime_ensemble_options_set_cancel(options, cancel, &error));
    flowtime_cancel_free(cancel);
    OK(flowtime_ensemble_options_new(0, &options, &error));
    FAILS(FLOWTIME_STATUS_INVALID_ARGUMENT, flowtime_plan_ensemble(plan, options, &ensemble, &error));
    FAILS(FLOWTIME_STATUS_INVALID_ARGUMENT, flowtime_ensemble_options_add_statistic(options, 0, &error));
    FAILS(FLOWTIME_STATUS_INVALID_ARGUMENT, flowtime_ensemble_options_measure(options, TEXT("use"), -1, 0, &error));
    FAILS(FLOWTIME_STATUS_INVALID_ARGUMENT, flowtime_ensemble_options_set_limit(options, 0, 1, &error));
    FAILS(FLOWTIME_STATUS_INVALID_UTF8, flowtime_ensemble_options_keep(options, TEXT("\xFF"), &error));
    FAILS(FLOWTIME_STATUS_INVALID_ARGUMENT, flowtime_ensemble_options_set_series_each(options, TEXT("capacity"), numbers, SIZE_MAX, 2, &error));
    FAILS(FLOWTIME_STATUS_INVALID_ARGUMENT, flowtime_ensemble_options_set_numbers(options, TEXT("capacity"), numbers, SIZE_MAX, &error));
    flowtime_ensemble_options_free(options);
    EXPECT(ensemble == NULL);
}

int main(void) {
    flowtime_plan *plan = day_plan();
    equals_single_runs(plan);
    progress_is_told_now_and_then(plan);
    sweeps(plan);
    refusals(plan);
    flowtime_plan_free(plan);
    return 0;
}
