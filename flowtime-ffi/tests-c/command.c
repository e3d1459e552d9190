/* Series from C have the bits of those that the command writes, for every conformance case:
 * `command FLOWTIME FOLDER RUNS`, with a folder for results that is not there yet. */
#include "expect.h"
#include "read_file.h"
#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Long enough, or the test fails. */
static void join(char path[4096], const char *first, const char *second) {
    int length = snprintf(path, 4096, "%s/%s", first, second);
    EXPECT(length > 0 && length < 4096);
}

/* Runs the model at `path` with the command, which makes a folder of its own below `results`. */
static void run_command(const char *command, const char *path, const char *results) {
    int status = -1;
    pid_t child = fork();
    EXPECT(child >= 0);
    if (child == 0) {
        execl(command, "flowtime", "run", "--quiet", "--output", results, path, (char *)NULL);
        _exit(127);
    }
    EXPECT(waitpid(child, &status, 0) == child);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        fprintf(stderr, "%s run %s: status %d\n", command, path, status);
        exit(EXIT_FAILURE);
    }
}

/* The one folder in `results`/runs, and `series` in it. */
static void find_series(const char *results, char folder[4096]) {
    char runs[4096], run[4096];
    struct dirent *entry;
    size_t found = 0;
    DIR *directory;
    join(runs, results, "runs");
    directory = opendir(runs);
    EXPECT(directory != NULL);
    while ((entry = readdir(directory)) != NULL) {
        if (entry->d_name[0] != '.') {
            join(run, runs, entry->d_name);
            join(folder, run, "series");
            found++;
        }
    }
    EXPECT(closedir(directory) == 0 && found == 1);
}

/* Compares a CSV file of lines `bin,number` with a series; any NaN is like any other. */
static void compare(const char *path, flowtime_series series) {
    size_t length;
    char *text = read_file(path, &length), *at = strchr(text, '\n');
    EXPECT(at != NULL);
    at++;
    for (size_t bin = 0; bin < series.length; bin++) {
        char *end;
        double found;
        uint64_t wanted_bits, found_bits;
        EXPECT(strtoull(at, &end, 10) == bin && *end == ',');
        at = end + 1;
        found = strtod(at, &end);
        EXPECT(end != at && *end == '\n');
        at = end + 1;
        memcpy(&wanted_bits, &series.data[bin], sizeof wanted_bits);
        memcpy(&found_bits, &found, sizeof found_bits);
        if (wanted_bits != found_bits && !(isnan(found) && isnan(series.data[bin]))) {
            fprintf(stderr, "%s, bin %zu: %a, but %a from C\n", path, bin, found, series.data[bin]);
            exit(EXIT_FAILURE);
        }
    }
    EXPECT(at == text + length);
    free(text);
}

/* Every series that the command writes of one model; gives how many there are. */
static size_t check(const char *command, const char *path, const char *results) {
    char folder[4096], csv[4096], file[4096];
    size_t length, outputs;
    char *text = read_file(path, &length);
    flowtime_model *model = NULL;
    flowtime_plan *plan = NULL;
    flowtime_run *run = NULL;
    run_command(command, path, results);
    find_series(results, folder);
    OK(flowtime_model_parse(text, length, NULL, &model, NULL, &error));
    OK(flowtime_model_compile(model, &plan, &error));
    OK(flowtime_plan_run(plan, NULL, &run, &error));
    outputs = flowtime_plan_output_count(plan);
    EXPECT(outputs > 0);
    for (size_t output = 0; output < outputs; output++) {
        flowtime_str id = flowtime_plan_output_id(plan, output), name = flowtime_plan_output_file(plan, output);
        flowtime_series series = {0};
        OK(flowtime_run_series(run, id.data, id.length, &series, &error));
        EXPECT(name.length < sizeof file);
        memcpy(file, name.data, name.length);
        file[name.length] = 0;
        join(csv, folder, file);
        compare(csv, series);
    }
    flowtime_run_free(run);
    flowtime_plan_free(plan);
    flowtime_model_free(model);
    free(text);
    return outputs;
}

int main(int argc, char **argv) {
    static const char *const folders[] = {"valid", "random"};
    size_t cases = 0, series = 0;
    EXPECT(argc == 4 && mkdir(argv[3], 0777) == 0);
    for (size_t i = 0; i < 2; i++) {
        char folder[4096], path[4096], results[4096];
        struct dirent *entry;
        DIR *directory;
        join(folder, argv[2], folders[i]);
        directory = opendir(folder);
        EXPECT(directory != NULL);
        while ((entry = readdir(directory)) != NULL) {
            if (strstr(entry->d_name, ".yaml") != NULL) {
                join(path, folder, entry->d_name);
                join(results, argv[3], entry->d_name);
                series += check(argv[1], path, results);
                cases++;
            }
        }
        EXPECT(closedir(directory) == 0);
    }
    printf("%zu series of %zu models\n", series, cases);
    EXPECT(cases >= 136 && series > cases);
    return 0;
}
