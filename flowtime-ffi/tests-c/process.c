/* fork, dlopen and dlclose, and that nothing is printed: `process libflowtime.so`. */
#include "expect.h"
#include <dlfcn.h>
#include <sys/wait.h>
#include <unistd.h>

static void a_child_goes_on(void) {
    flowtime_plan *plan = day_plan();
    flowtime_run *run = NULL;
    pid_t child;
    int result = -1;
    OK(flowtime_plan_run(plan, NULL, &run, &error));
    child = fork();
    EXPECT(child >= 0);
    if (child == 0) {
        flowtime_run *own = NULL;
        OK(flowtime_plan_run(plan, NULL, &own, &error));
        EXPECT(memcmp(flowtime_run_series_at(run, 9).data, flowtime_run_series_at(own, 9).data, 24 * 8) == 0);
        flowtime_run_free(own);
        flowtime_run_free(run);
        flowtime_plan_free(plan);
        _exit(0);
    }
    EXPECT(waitpid(child, &result, 0) == child && WIFEXITED(result) && WEXITSTATUS(result) == 0);
    flowtime_run_free(run);
    flowtime_plan_free(plan);
}

static void the_library_can_come_and_go(const char *path) {
    for (int round = 0; round < 3; round++) {
        flowtime_status (*parse)(const char *, flowtime_model **, flowtime_error **);
        void (*model_free)(flowtime_model *);
        flowtime_model *model = NULL;
        void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
        EXPECT(library != NULL);
        *(void **)&parse = dlsym(library, "flowtime_model_parse_cstr");
        *(void **)&model_free = dlsym(library, "flowtime_model_free");
        EXPECT(parse != NULL && model_free != NULL);
        EXPECT(parse(DAY, &model, NULL) == FLOWTIME_STATUS_OK);
        model_free(model);
        EXPECT(parse("bad", &model, NULL) == FLOWTIME_STATUS_INVALID_MODEL);
        EXPECT(dlclose(library) == 0);
    }
}

/* Everything that the rest of this program does, with stdout and stderr in a file that stays empty. */
static void nothing_is_printed(void) {
    char name[] = "flowtime-test-XXXXXX";
    int file = mkstemp(name), out = dup(1), err = dup(2);
    EXPECT(file >= 0 && unlink(name) == 0 && out >= 0 && err >= 0);
    EXPECT(fflush(NULL) == 0 && dup2(file, 1) >= 0 && dup2(file, 2) >= 0);
    a_child_goes_on();
    EXPECT(flowtime_model_parse_cstr("bad", &(flowtime_model *){NULL}, NULL) == FLOWTIME_STATUS_INVALID_MODEL);
    EXPECT(flowtime_plan_run(NULL, NULL, NULL, NULL) == FLOWTIME_STATUS_NULL_ARGUMENT);
    EXPECT(fflush(NULL) == 0 && dup2(out, 1) >= 0 && dup2(err, 2) >= 0);
    EXPECT(lseek(file, 0, SEEK_END) == 0);
    EXPECT(close(file) == 0 && close(out) == 0 && close(err) == 0);
}

int main(int argc, char **argv) {
    EXPECT(argc == 2);
    a_child_goes_on();
    the_library_can_come_and_go(argv[1]);
    nothing_is_printed();
    return 0;
}
