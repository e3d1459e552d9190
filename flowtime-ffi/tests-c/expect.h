/* What the tests share: an assertion that also works in release builds, and a model. */
#ifndef EXPECT_H
#define EXPECT_H

#include <flowtime.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPECT(condition)                                                                                \
    do {                                                                                                 \
        if (!(condition)) {                                                                              \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                      \
            exit(EXIT_FAILURE);                                                                          \
        }                                                                                                \
    } while (0)

/* A call that must succeed; it has a variable `error`. */
#define OK(call)                                                                                         \
    do {                                                                                                 \
        flowtime_error *error = NULL;                                                                    \
        if ((call) != FLOWTIME_STATUS_OK) {                                                              \
            fprintf(stderr, "%s:%d: %.*s\n", __FILE__, __LINE__,                                         \
                    FLOWTIME_STR_ARGS(flowtime_error_message(error)));                                   \
            exit(EXIT_FAILURE);                                                                          \
        }                                                                                                \
        EXPECT(error == NULL);                                                                           \
    } while (0)

/* A call that must fail so, with an error object that says so; it has a variable `error`. */
#define FAILS(wanted, call)                                                                              \
    do {                                                                                                 \
        flowtime_error *error = NULL;                                                                    \
        flowtime_status got_status = (call);                                                                  \
        if (got_status != (wanted)) {                                                                         \
            fprintf(stderr, "%s:%d: status %d, not %d\n", __FILE__, __LINE__, (int)got_status, (int)(wanted)); \
            exit(EXIT_FAILURE);                                                                          \
        }                                                                                                \
        EXPECT(error != NULL);                                                                           \
        EXPECT(flowtime_error_status(error) == got_status);                                                   \
        EXPECT(flowtime_error_message(error).length > 0);                                                \
        flowtime_error_free(error);                                                                      \
    } while (0)

#define TEXT(literal) literal, sizeof literal - 1

static inline int same_text(flowtime_str text, const char *wanted) {
    return text.length == strlen(wanted) && (text.length == 0 || memcmp(text.data, wanted, text.length) == 0);
}

/* Ten nodes over a day. */
#define DAY                                                                                              \
    "schemaVersion: 1\n"                                                                                 \
    "grid: {bins: 24, binSize: 1, binUnit: hours, start: 2026-01-05T00:00:00Z}\n"                        \
    "nodes:\n"                                                                                           \
    "  - {id: arrivals, kind: const, unit: jobs, values: [5, 9, 14, 20, 26, 18, 11, 7]}\n"               \
    "  - {id: capacity, kind: const, values: 12}\n"                                                      \
    "  - {id: noise, kind: pmf, pmf: {values: [0, 1, 2], probabilities: [0.5, 0.25, 0.25]}}\n"           \
    "  - {id: load, kind: expr, expr: arrivals + noise}\n"                                               \
    "  - {id: backlog, kind: expr, expr: 'MAX(0, SHIFT(backlog, 1) + load - capacity)'}\n"               \
    "  - {id: served, kind: expr, expr: 'load + SHIFT(backlog, 1) - backlog'}\n"                         \
    "  - {id: use, kind: expr, expr: served / capacity}\n"                                               \
    "  - {id: wait, kind: expr, expr: backlog / capacity}\n"                                             \
    "  - {id: late, kind: expr, expr: 'IF(wait > 1, 1, 0)'}\n"                                           \
    "  - {id: total, kind: expr, expr: served + late}\n"

static inline flowtime_plan *day_plan(void) {
    flowtime_model *model = NULL;
    flowtime_plan *plan = NULL;
    OK(flowtime_model_parse_cstr(DAY, &model, &error));
    OK(flowtime_model_compile(model, &plan, &error));
    flowtime_model_free(model);
    return plan;
}

#endif
