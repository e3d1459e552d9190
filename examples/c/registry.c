/* The whole loop: a model of a template, stored in a folder, run with three seeds, and traced back.
 *
 *     cc registry.c $(pkg-config --cflags --libs flowtime) -o registry && ./registry data
 */
#include <flowtime.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check(flowtime_status status, flowtime_error *error) {
    if (status != FLOWTIME_STATUS_OK) {
        fprintf(stderr, "%.*s\n", FLOWTIME_STR_ARGS(flowtime_error_message(error)));
        exit(EXIT_FAILURE);
    }
}

int main(int count, char **arguments) {
    const char *root = count > 1 ? arguments[1] : "data";
    const char *values = "{\"demand_factor\": 1.2}";
    flowtime_error *error = NULL;

    flowtime_template *checkout = NULL;
    check(flowtime_template_shipped("checkout-service", strlen("checkout-service"), &checkout, &error), error);
    flowtime_model *model = NULL;
    check(flowtime_template_generate(checkout, values, strlen(values), "Saturday", strlen("Saturday"), NULL, 0, &model, NULL,
                                     &error),
          error);

    flowtime_workspace *workspace = NULL;
    flowtime_text *stored = NULL;
    check(flowtime_workspace_open(root, strlen(root), &workspace, &error), error);
    check(flowtime_workspace_put_model(workspace, model, NULL, 0, &stored, &error), error);
    printf("stored %s\n", flowtime_text_cstr(stored));

    flowtime_run_options *options = NULL;
    check(flowtime_run_options_new(&options, &error), error);
    for (uint64_t seed = 1; seed <= 3; seed++) {
        flowtime_run *run = NULL;
        flowtime_text *told = NULL;
        flowtime_series line;
        double longest = 0;
        check(flowtime_run_options_set_seed(options, seed, &error), error);
        check(flowtime_workspace_run(workspace, NULL, 0, model, options, NULL, 0, 1, 0, &run, &told, &error), error);
        check(flowtime_run_series(run, "line", strlen("line"), &line, &error), error);
        for (size_t bin = 0; bin < line.length; bin++) {
            longest = line.data[bin] > longest ? line.data[bin] : longest;
        }
        printf("seed %d: the longest line is %.1f\n", (int)seed, longest);
        flowtime_text_free(told);
        flowtime_run_free(run);
    }

    flowtime_text *runs = NULL;
    const char *query = "{\"kind\": \"run\", \"template_id\": \"checkout-service\"}";
    check(flowtime_workspace_list(workspace, query, strlen(query), &runs, &error), error);
    printf("runs %s\n", flowtime_text_cstr(runs));

    flowtime_text_free(runs);
    flowtime_run_options_free(options);
    flowtime_text_free(stored);
    flowtime_workspace_free(workspace);
    flowtime_model_free(model);
    flowtime_template_free(checkout);
    return EXIT_SUCCESS;
}
