/* Running into the caller's memory allocates nothing after the first run. */
#include "expect.h"

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static size_t calls;

void *malloc(size_t size) {
    calls++;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    calls++;
    return __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size) {
    calls++;
    return __libc_realloc(memory, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
    calls++;
    *memory = __libc_memalign(alignment, size);
    return *memory == NULL ? 12 : 0;
}

void *aligned_alloc(size_t alignment, size_t size) {
    calls++;
    return __libc_memalign(alignment, size);
}

/* Two nodes of `equal` are the same series, which the engine computes once and copies. */
static const char equal[] = "schemaVersion: 1\ngrid: {bins: 24, binSize: 1, binUnit: hours}\nnodes:\n"
                            "  - {id: a, kind: const, values: [1, 2, 3]}\n  - {id: c, kind: const, values: 3}\n"
                            "  - {id: x, kind: expr, expr: a + c}\n  - {id: y, kind: expr, expr: a + c}\n"
                            "  - {id: z, kind: expr, expr: a / 0}\n";

static void nothing_is_allocated(const char *text, const char *series, const char *number) {
    flowtime_model *model = NULL;
    flowtime_plan *plan = NULL;
    flowtime_runner *runner = NULL;
    static double outputs[10 * 24];
    double inputs[25] = {0}, *places[10];
    size_t count, before;
    OK(flowtime_model_parse_cstr(text, &model, &error));
    OK(flowtime_model_compile(model, &plan, &error));
    OK(flowtime_runner_new(plan, NULL, &runner, &error));
    OK(flowtime_runner_bind(runner, series, strlen(series), FLOWTIME_INPUT_SHAPE_SERIES, &error));
    OK(flowtime_runner_bind(runner, number, strlen(number), FLOWTIME_INPUT_SHAPE_NUMBER, &error));
    count = flowtime_runner_series_count(runner);
    for (size_t i = 0; i < count; i++) {
        places[i] = outputs + 24 * i;
    }
    OK(flowtime_runner_run_into(runner, inputs, 25, outputs, count * 24, &error));
    before = calls;
    for (int round = 0; round < 100; round++) {
        inputs[round % 25] = round;
        OK(flowtime_runner_run_into(runner, inputs, 25, outputs, count * 24, &error));
        OK(flowtime_runner_run_into_each(runner, inputs, 25, places, count, 24, &error));
        OK(flowtime_runner_set_seed(runner, (uint64_t)round, &error));
        OK(flowtime_runner_set_number(runner, number, strlen(number), 5, &error));
    }
    EXPECT(calls == before);
    OK(flowtime_runner_run(runner, &error));
    before = calls;
    OK(flowtime_runner_run(runner, &error));
    EXPECT(calls == before);
    flowtime_runner_free(runner);
    flowtime_plan_free(plan);
    flowtime_model_free(model);
}

int main(void) {
    size_t before = calls;
    free(malloc(1));
    EXPECT(calls > before);
    before = calls;
    flowtime_plan_free(day_plan());
    /* The library's calls are counted too. */
    EXPECT(calls > before);
    nothing_is_allocated(DAY, "arrivals", "capacity");
    nothing_is_allocated(equal, "a", "c");
    return 0;
}
