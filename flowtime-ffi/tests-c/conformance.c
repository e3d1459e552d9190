/* Every conformance case, bit for bit: through a run, copied, and through a runner: `conformance FOLDER
 * [emulated]`. With INSTRUCTION_SETS and the library that has the entries for tests, every case with each
 * instruction set of the machine. */
#include "expect.h"
#include "read_file.h"
#include <dirent.h>
#include <math.h>
#include <stdint.h>

/* The same bits, any NaN being like any other; cases with EXP, LN and POW came from another library. */
static int same(double a, double b, int near) {
    uint64_t x, y;
    memcpy(&x, &a, sizeof x);
    memcpy(&y, &b, sizeof y);
    return x == y || (isnan(a) && isnan(b)) || (near && fabs(a - b) <= 1e-12 * fmax(fabs(a), fabs(b)));
}

static const char *skip(const char *at) {
    return at + strspn(at, " \n\r\t,:");
}

/* Behind the next `mark`, and behind the space after it. */
static const char *after(const char *at, char mark) {
    at = strchr(at, mark);
    EXPECT(at != NULL);
    return skip(at + 1);
}

static double number(const char **at) {
    static const struct {
        const char *text;
        double value;
    } words[] = {{"\"NaN\"", NAN}, {"\"inf\"", INFINITY}, {"\"-inf\"", -INFINITY}};
    char *end;
    double value;
    for (size_t i = 0; i < 3; i++) {
        if (strncmp(*at, words[i].text, strlen(words[i].text)) == 0) {
            *at += strlen(words[i].text);
            return words[i].value;
        }
    }
    value = strtod(*at, &end);
    EXPECT(end != *at);
    *at = end;
    return value;
}

/* Does the processor compare NaN as it should? The one that valgrind 3.19 imitates takes the predicate
 * "ordered and not equal" of AVX (12) for the one of SSE (4), which is true for NaN, and likewise "unordered
 * or equal" (8) for 0. */
#if defined __x86_64__ && defined __GNUC__
#include <immintrin.h>

__attribute__((target("avx"))) static int avx_compares_nan(void) {
    volatile double nan = NAN;
    __m256d left = _mm256_set1_pd(nan), right = _mm256_set1_pd(1);
    return _mm256_movemask_pd(_mm256_cmp_pd(left, right, _CMP_NEQ_OQ)) == 0 &&
           _mm256_movemask_pd(_mm256_cmp_pd(left, right, _CMP_EQ_UQ)) == 15;
}

static int avx_is_wrong(void) {
    return __builtin_cpu_supports("avx") && !avx_compares_nan();
}
#else
static int avx_is_wrong(void) {
    return 0;
}
#endif

/* Set where the instructions in use compute wrongly: everything is done, but numbers are not compared with
 * the expected ones. */
static int memory_only;

/* The options of every run, or none. */
static flowtime_run_options *options;

/* Compares a run with `{"id": [numbers], …}`. */
static void compare(const char *name, const char *expected, const flowtime_run *run, const double *matrix) {
    const char *at = after(expected, '{');
    size_t bins = flowtime_run_bins(run), count = 0;
    double *copy = malloc(bins * sizeof *copy);
    EXPECT(copy != NULL);
    while (*at == '"') {
        const char *id = at + 1;
        size_t id_length = strcspn(id, "\""), index = 0;
        flowtime_series series = {0};
        OK(flowtime_run_series(run, id, id_length, &series, &error));
        OK(flowtime_run_copy_series(run, id, id_length, copy, bins, &error));
        while (!(flowtime_run_series_id(run, index).length == id_length &&
                 memcmp(flowtime_run_series_id(run, index).data, id, id_length) == 0)) {
            index++;
            EXPECT(index < flowtime_run_series_count(run));
        }
        EXPECT(flowtime_run_series_at(run, index).data == series.data);
        EXPECT(series.length == bins);
        at = after(id + id_length, '[');
        for (size_t bin = 0; bin < bins; bin++) {
            double wanted = number(&at);
            at = skip(at);
            if (!memory_only && !same(wanted, series.data[bin], name[0] == 'x')) {
                fprintf(stderr, "%s: %.*s[%zu] is %.17g, not %.17g\n", name, (int)id_length, id, bin,
                        series.data[bin], wanted);
                exit(EXIT_FAILURE);
            }
            EXPECT(same(series.data[bin], copy[bin], 0));
            EXPECT(same(series.data[bin], matrix[index * bins + bin], 0));
        }
        EXPECT(*at == ']');
        at = skip(at + 1);
        count++;
    }
    EXPECT(*at == '}' && count == flowtime_run_series_count(run));
    free(copy);
}

/* Puts a path together, or fails. */
static void join(char path[4096], const char *root, const char *folder, const char *file, const char *end) {
    int length = snprintf(path, 4096, "%s/%s%s%s%s", root, folder, *file == 0 ? "" : "/", file, end);
    EXPECT(length > 0 && length < 4096);
}

static size_t run_folder(const char *root, const char *folder) {
    char path[4096];
    struct dirent *entry;
    size_t cases = 0;
    DIR *directory;
    join(path, root, folder, "", "");
    directory = opendir(path);
    EXPECT(directory != NULL);
    while ((entry = readdir(directory)) != NULL) {
        char *end = strstr(entry->d_name, ".yaml"), *text, *expected;
        size_t length, numbers;
        flowtime_model *model = NULL;
        flowtime_plan *plan = NULL;
        flowtime_run *run = NULL;
        flowtime_runner *runner = NULL;
        double *matrix;
        if (end == NULL) {
            continue;
        }
        join(path, root, folder, entry->d_name, "");
        text = read_file(path, &length);
        *end = 0;
        join(path, root, folder, entry->d_name, ".expected.json");
        OK(flowtime_model_parse(text, length, NULL, &model, NULL, &error));
        expected = read_file(path, &length);
        OK(flowtime_model_compile(model, &plan, &error));
        OK(flowtime_plan_run(plan, options, &run, &error));
        OK(flowtime_runner_new(plan, options, &runner, &error));
        numbers = flowtime_runner_series_count(runner) * flowtime_runner_bins(runner);
        matrix = malloc(numbers * sizeof *matrix);
        EXPECT(matrix != NULL);
        OK(flowtime_runner_run_into(runner, NULL, 0, matrix, numbers, &error));
        compare(entry->d_name, expected, run, matrix);
        free(matrix);
        free(text);
        free(expected);
        flowtime_runner_free(runner);
        flowtime_run_free(run);
        flowtime_plan_free(plan);
        flowtime_model_free(model);
        cases++;
    }
    EXPECT(closedir(directory) == 0);
    return cases;
}

#ifndef INSTRUCTION_SETS
/* Models with errors: found by validation and by the call that builds them, at the expected lines. */
static size_t refuse_folder(const char *root) {
    char path[4096];
    struct dirent *entry;
    size_t cases = 0;
    DIR *directory;
    join(path, root, "invalid", "", "");
    directory = opendir(path);
    EXPECT(directory != NULL);
    while ((entry = readdir(directory)) != NULL) {
        char *end = strstr(entry->d_name, ".yaml"), *text, *expected;
        const char *at;
        size_t length, expected_length, found = 0;
        flowtime_diagnostics *diagnostics = NULL;
        flowtime_text *json = NULL;
        if (end == NULL) {
            continue;
        }
        join(path, root, "invalid", entry->d_name, "");
        text = read_file(path, &length);
        *end = 0;
        join(path, root, "invalid", entry->d_name, ".expected.json");
        expected = read_file(path, &expected_length);
        OK(flowtime_validate(text, length, NULL, &diagnostics, &error));
        EXPECT(flowtime_diagnostics_error_count(diagnostics) > 0);
        at = strstr(expected, "error_lines");
        EXPECT(at != NULL);
        at = after(at, '[');
        for (size_t i = 0; i < flowtime_diagnostics_count(diagnostics); i++) {
            const flowtime_diagnostic *diagnostic = flowtime_diagnostics_at(diagnostics, i);
            flowtime_place place = flowtime_diagnostic_place(diagnostic);
            EXPECT(flowtime_diagnostic_message(diagnostic).length > 0);
            EXPECT(flowtime_diagnostic_code(diagnostic).length == 6);
            EXPECT(flowtime_diagnostic_number(diagnostic) > 0);
            EXPECT(flowtime_diagnostic_name(diagnostic).length > 0);
            EXPECT(place.start <= place.end && place.end <= length);
            if (flowtime_diagnostic_severity(diagnostic) == FLOWTIME_SEVERITY_ERROR) {
                size_t line = (size_t)number(&at);
                at = skip(at);
                /* This one may be found at line 2 or 3. */
                EXPECT(line == (place.line == 0 ? 1 : place.line) || strcmp(entry->d_name, "bad-yaml") == 0);
                found++;
            }
        }
        EXPECT(*at == ']' && found == flowtime_diagnostics_error_count(diagnostics));
        OK(flowtime_diagnostics_json(diagnostics, &json, &error));
        EXPECT(flowtime_text_cstr(json)[0] == '[' && strstr(flowtime_text_cstr(json), "\"code\":\"FT0") != NULL);
        flowtime_text_free(json);
        flowtime_diagnostics_free(diagnostics);
        free(text);
        free(expected);
        cases++;
    }
    EXPECT(closedir(directory) == 0);
    return cases;
}

#endif

static void run_all(const char *root) {
    EXPECT(run_folder(root, "valid") >= 21);
    EXPECT(run_folder(root, "random") >= 115);
}

#ifdef INSTRUCTION_SETS
flowtime_status flowtime_test_instruction_set(flowtime_run_options *options, size_t number,
                                              flowtime_text **out_name, flowtime_error **out_error);

static void run_everything(const char *root, int wrong) {
    size_t number = 0, compared = 0;
    flowtime_text *name = NULL;
    OK(flowtime_run_options_new(&options, &error));
    while (flowtime_test_instruction_set(options, number, &name, NULL) == FLOWTIME_STATUS_OK) {
        memory_only = wrong && strstr(flowtime_text_cstr(name), "Avx") != NULL;
        printf("%s: %s\n", flowtime_text_cstr(name), memory_only ? "memory only" : "bit for bit");
        run_all(root);
        compared += !memory_only;
        flowtime_text_free(name);
        number++;
    }
    /* One number at a time, and the instructions that every processor of this kind has. */
    EXPECT(number >= 2 && compared >= 2);
    flowtime_run_options_free(options);
}
#else
static void run_everything(const char *root, int wrong) {
    memory_only = wrong;
    run_all(root);
    EXPECT(refuse_folder(root) >= 35);
}
#endif

int main(int argc, char **argv) {
    int emulated = argc == 3 && strcmp(argv[2], "emulated") == 0, wrong = avx_is_wrong();
    EXPECT(argc == 2 || emulated);
    /* A processor that computes wrongly is not a reason to look away. */
    EXPECT(emulated || !wrong);
    if (wrong) {
        printf("this processor takes NaN for ordered: numbers that AVX computes are not compared\n");
    }
    run_everything(argv[1], wrong);
    return 0;
}
