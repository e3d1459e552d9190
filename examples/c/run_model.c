/* Reads a model, runs it and prints every series: `run_model [model.yaml]`. */
#include <flowtime.h>
#include <stdio.h>
#include <stdlib.h>

static const char model_text[] = "schemaVersion: 1\n"
                                 "grid: {bins: 6, binSize: 1, binUnit: hours}\n"
                                 "nodes:\n"
                                 "  - {id: arrivals, kind: const, values: [10, 30, 25, 20, 5, 0]}\n"
                                 "  - {id: capacity, kind: const, values: 18}\n"
                                 "  - {id: backlog, kind: expr, expr: 'QUEUE(arrivals, capacity)'}\n";

/* Prints why a call failed and gives up. */
static void check(flowtime_status status, flowtime_error *error) {
    if (status != FLOWTIME_STATUS_OK) {
        fprintf(stderr, "%.*s\n", FLOWTIME_STR_ARGS(flowtime_error_message(error)));
        flowtime_error_free(error);
        exit(EXIT_FAILURE);
    }
}

static char *read_file(const char *path, size_t *length) {
    FILE *file = fopen(path, "rb");
    char *text = NULL;
    size_t size = 0, used = 0, got;
    if (file == NULL) {
        perror(path);
        exit(EXIT_FAILURE);
    }
    do {
        if (used == size) {
            size = size * 2 + 4096;
            text = realloc(text, size);
            if (text == NULL) {
                abort();
            }
        }
        got = fread(text + used, 1, size - used, file);
        used += got;
    } while (got > 0);
    if (ferror(file) != 0) {
        perror(path);
        exit(EXIT_FAILURE);
    }
    fclose(file);
    *length = used;
    return text;
}

int main(int argc, char **argv) {
    flowtime_error *error = NULL;
    flowtime_model *model = NULL;
    flowtime_plan *plan = NULL;
    flowtime_run *run = NULL;

    if (argc > 1) {
        size_t length;
        char *text = read_file(argv[1], &length);
        check(flowtime_model_parse(text, length, NULL, &model, NULL, &error), error);
        free(text);
    } else {
        check(flowtime_model_parse_cstr(model_text, &model, &error), error);
    }
    check(flowtime_model_compile(model, &plan, &error), error);
    check(flowtime_plan_run(plan, NULL, &run, &error), error);

    for (size_t index = 0; index < flowtime_run_series_count(run); index++) {
        flowtime_series series = flowtime_run_series_at(run, index);
        printf("%.*s:", FLOWTIME_STR_ARGS(flowtime_run_series_id(run, index)));
        for (size_t bin = 0; bin < series.length; bin++) {
            printf(" %g", series.data[bin]);
        }
        printf("\n");
    }

    flowtime_run_free(run);
    flowtime_plan_free(plan);
    flowtime_model_free(model);
    return EXIT_SUCCESS;
}
