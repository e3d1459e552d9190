/* Objects may be freed in any order: all 120 orders of five that need each other. */
#include "expect.h"

static void free_one(int which, flowtime_model **model, flowtime_plan **plan, flowtime_run **run,
                     flowtime_runner **runner, flowtime_run_options **options) {
    switch (which) {
    case 0:
        flowtime_model_free(*model);
        *model = NULL;
        break;
    case 1:
        flowtime_plan_free(*plan);
        *plan = NULL;
        break;
    case 2:
        flowtime_run_free(*run);
        *run = NULL;
        break;
    case 3:
        flowtime_runner_free(*runner);
        *runner = NULL;
        break;
    default:
        flowtime_run_options_free(*options);
        *options = NULL;
    }
}

/* Everything that is still there still works. */
static void use(const flowtime_model *model, const flowtime_plan *plan, const flowtime_run *run,
                flowtime_runner *runner, const flowtime_run_options *options) {
    flowtime_series series = {0};
    if (model != NULL) {
        EXPECT(same_text(flowtime_model_node_id(model, 4), "backlog"));
    }
    if (plan != NULL) {
        flowtime_run *other = NULL;
        OK(flowtime_plan_run(plan, options, &other, &error));
        EXPECT(flowtime_run_seed(other) == (options == NULL ? 0 : 5));
        flowtime_run_free(other);
    }
    if (run != NULL) {
        flowtime_plan *own = NULL;
        OK(flowtime_run_plan(run, &own, &error));
        OK(flowtime_run_series(run, TEXT("served"), &series, &error));
        EXPECT(series.length == 24 && flowtime_plan_node_count(own) == 10);
        flowtime_plan_free(own);
        EXPECT(same_text(flowtime_run_series_id(run, 9), "total"));
    }
    if (runner != NULL) {
        OK(flowtime_runner_run(runner, &error));
        OK(flowtime_runner_series(runner, TEXT("served"), &series, &error));
        EXPECT(series.length == 24);
    }
}

int main(void) {
    for (int order = 0; order < 120; order++) {
        int left[5] = {0, 1, 2, 3, 4}, code = order;
        flowtime_model *model = NULL;
        flowtime_plan *plan = NULL;
        flowtime_run *run = NULL;
        flowtime_runner *runner = NULL;
        flowtime_run_options *options = NULL;
        flowtime_cancel *cancel = NULL;
        OK(flowtime_model_parse_cstr(DAY, &model, &error));
        OK(flowtime_model_compile(model, &plan, &error));
        OK(flowtime_run_options_new(&options, &error));
        OK(flowtime_run_options_set_seed(options, 5, &error));
        OK(flowtime_cancel_new(&cancel, &error));
        OK(flowtime_run_options_set_cancel(options, cancel, &error));
        flowtime_cancel_free(cancel);
        OK(flowtime_plan_run(plan, options, &run, &error));
        OK(flowtime_runner_new(plan, options, &runner, &error));
        for (int count = 5; count > 0; count--) {
            int place = code % count;
            code /= count;
            free_one(left[place], &model, &plan, &run, &runner, &options);
            left[place] = left[count - 1];
            use(model, plan, run, runner, options);
        }
    }
    /* An error is the caller's alone, and outlives everything. */
    flowtime_plan *plan = day_plan();
    flowtime_run_options *options = NULL;
    flowtime_run *run = NULL;
    flowtime_error *error = NULL;
    OK(flowtime_run_options_new(&options, &error));
    OK(flowtime_run_options_set_number(options, TEXT("nobody"), 1, &error));
    EXPECT(flowtime_plan_run(plan, options, &run, &error) == FLOWTIME_STATUS_INVALID_ARGUMENT);
    flowtime_run_options_free(options);
    flowtime_plan_free(plan);
    EXPECT(strstr(flowtime_error_message(error).data, "nobody") != NULL);
    EXPECT(flowtime_diagnostics_count(flowtime_error_diagnostics(error)) == 0);
    flowtime_error_free(error);
    return 0;
}
