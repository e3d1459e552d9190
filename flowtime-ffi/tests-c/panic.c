/* A panic becomes a status: `panic libflowtime.so` with the library that has the injected one. */
#include "expect.h"
#include <dlfcn.h>

typedef flowtime_status panic_function(flowtime_run_options *, flowtime_error **);

static void **find(void *library, const char *name, void **place) {
    *place = dlsym(library, name);
    EXPECT(*place != NULL);
    return place;
}

int main(int argc, char **argv) {
    void *library;
    flowtime_error *error = NULL;
    flowtime_run_options *options = NULL;
    EXPECT(argc == 2);
    /* The released library has no such function. */
    EXPECT(dlsym(RTLD_DEFAULT, "flowtime_test_panic") == NULL);
    library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
    EXPECT(library != NULL);
    typedef flowtime_status new_function(flowtime_run_options **, flowtime_error **);
    typedef flowtime_status seed_function(flowtime_run_options *, uint64_t, flowtime_error **);
    typedef void free_options(flowtime_run_options *);
    typedef flowtime_str message_function(const flowtime_error *);
    typedef void free_error(flowtime_error *);
    panic_function *flowtime_test_panic = *(panic_function **)find(library, "flowtime_test_panic", &(void *){NULL});
    new_function *options_new = *(new_function **)find(library, "flowtime_run_options_new", &(void *){NULL});
    seed_function *set_seed = *(seed_function **)find(library, "flowtime_run_options_set_seed", &(void *){NULL});
    free_options *options_free = *(free_options **)find(library, "flowtime_run_options_free", &(void *){NULL});
    message_function *message = *(message_function **)find(library, "flowtime_error_message", &(void *){NULL});
    free_error *error_free = *(free_error **)find(library, "flowtime_error_free", &(void *){NULL});

    EXPECT(flowtime_test_panic(NULL, NULL) == FLOWTIME_STATUS_PANIC);
    EXPECT(options_new(&options, &error) == FLOWTIME_STATUS_OK);
    EXPECT(set_seed(options, 1, &error) == FLOWTIME_STATUS_OK);
    EXPECT(flowtime_test_panic(options, &error) == FLOWTIME_STATUS_PANIC);
    EXPECT(strstr(message(error).data, "a panic that was asked for") != NULL);
    error_free(error);
    /* What was being changed can only be freed; the rest of the library goes on. */
    EXPECT(set_seed(options, 1, NULL) == FLOWTIME_STATUS_POISONED);
    options_free(options);
    EXPECT(options_new(&options, &error) == FLOWTIME_STATUS_OK);
    EXPECT(set_seed(options, 1, &error) == FLOWTIME_STATUS_OK);
    options_free(options);
    EXPECT(dlclose(library) == 0);
    return 0;
}
