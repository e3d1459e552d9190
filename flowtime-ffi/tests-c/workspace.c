/* Templates and the workspace: the whole loop, the same ids as everywhere, and what is refused. The one argument is a
 * folder that is not there yet. */
#include "expect.h"
#include <pthread.h>

#define VALUES "{\"demand_factor\": 1.2}"
#define ID "saturday_0b652dff127f"

/* Is `part` in the text, which is freed? */
static int says(flowtime_text *text, const char *part) {
    int found = strstr(flowtime_text_cstr(text), part) != NULL;
    if (!found) {
        fprintf(stderr, "%s\n", flowtime_text_cstr(text));
    }
    flowtime_text_free(text);
    return found;
}

static flowtime_model *saturday(void) {
    flowtime_template *template = NULL;
    flowtime_model *model = NULL;
    flowtime_text *facts = NULL;
    OK(flowtime_template_shipped(TEXT("checkout-service"), &template, &error));
    OK(flowtime_template_generate(template, TEXT(VALUES), TEXT("Saturday"), TEXT("2026-01-05T10:00:00Z"), &model, &facts,
                                  &error));
    flowtime_template_free(template);
    EXPECT(says(facts, "\"model_id\":\"" ID "\""));
    return model;
}

static void templates(void) {
    flowtime_text *text = NULL;
    OK(flowtime_templates(&text, &error));
    EXPECT(says(text, "\"transportation-hub\""));
    flowtime_template *template = NULL;
    flowtime_model *model = NULL;
    flowtime_error *error = NULL;
    EXPECT(flowtime_template_shipped(TEXT("checkout"), &template, &error) == FLOWTIME_STATUS_NOT_FOUND);
    EXPECT(strstr(flowtime_error_message(error).data, "`checkout-service`") != NULL && template == NULL);
    flowtime_error_free(error);
    OK(flowtime_template_shipped(TEXT("checkout-service"), &template, &error));
    EXPECT(same_text(flowtime_template_id(template), "checkout-service"));
    EXPECT(same_text(flowtime_template_version(template), "1.0.0"));
    OK(flowtime_template_parameter_form(template, &text, &error));
    EXPECT(says(text, "\"demand_factor\""));
    /* Everything that is wrong with the values at once. */
    error = NULL;
    EXPECT(flowtime_template_generate(template, TEXT("{\"demand_factr\": 1, \"regular_tills\": -1}"), NULL, 0, NULL, 0, &model,
                                      NULL, &error)
           == FLOWTIME_STATUS_INVALID_ARGUMENT);
    EXPECT(flowtime_diagnostics_error_count(flowtime_error_diagnostics(error)) == 2 && model == NULL);
    flowtime_error_free(error);
    const char *broken[] = {"[1]", "3", "{\"a\": ", "{demand_factor: [}"};
    for (size_t index = 0; index < sizeof broken / sizeof *broken; index++) {
        error = NULL;
        EXPECT(flowtime_template_generate(template, broken[index], strlen(broken[index]), NULL, 0, NULL, 0, &model, NULL, &error)
               == FLOWTIME_STATUS_INVALID_ARGUMENT);
        EXPECT(error != NULL && model == NULL);
        flowtime_error_free(error);
    }
    flowtime_template_free(template);
    template = NULL;
    FAILS(FLOWTIME_STATUS_INVALID_MODEL, flowtime_template_parse(TEXT("schemaVersion: 1\n"), NULL, &template, &error));
    FAILS(FLOWTIME_STATUS_INVALID_UTF8, flowtime_template_shipped(TEXT("\xFF"), &template, &error));
    EXPECT(template == NULL);
}

static void loop(const flowtime_workspace *workspace) {
    flowtime_text *text = NULL;
    flowtime_model *model = saturday(), *stored = NULL;
    OK(flowtime_workspace_put_model(workspace, model, TEXT("{\"tags\": [\"plan\"], \"preview\": true}"), &text, &error));
    EXPECT(says(text, "\"existed\":false"));
    OK(flowtime_workspace_put_model(workspace, model, NULL, 0, &text, &error));
    EXPECT(says(text, "\"existed\":true"));
    OK(flowtime_workspace_list(workspace, TEXT("{\"kind\": \"model\", \"tags\": [\"plan\"]}"), &text, &error));
    EXPECT(says(text, "\"total\":1"));
    OK(flowtime_workspace_get(workspace, TEXT("registry:models/" ID "/v1"), &text, &error));
    EXPECT(says(text, "\"template_id\":\"checkout-service\""));
    OK(flowtime_workspace_model(workspace, TEXT(ID), &stored, &error));

    flowtime_run_options *options = NULL;
    flowtime_run *run = NULL, *again = NULL;
    flowtime_series line, same;
    OK(flowtime_run_options_new(&options, &error));
    OK(flowtime_run_options_set_seed(options, 1, &error));
    OK(flowtime_workspace_run(workspace, TEXT(ID), NULL, options, NULL, 0, 1, 0, &run, &text, &error));
    /* The id that the command and Python give it. */
    EXPECT(says(text, "\"run_id\":\"run_5c4ca5df8765c319\""));
    OK(flowtime_run_series(run, TEXT("line"), &line, &error));
    EXPECT(line.length == 144);
    /* The model itself, and where it came from by its id: the same bits. */
    OK(flowtime_workspace_run(workspace, NULL, 0, stored, options, TEXT(ID), 0, 0, &again, &text, &error));
    EXPECT(says(text, "\"was_duplicate_of\":\"run_5c4ca5df8765c319\""));
    OK(flowtime_run_series(again, TEXT("line"), &same, &error));
    EXPECT(memcmp(line.data, same.data, line.length * sizeof *line.data) == 0);
    flowtime_run_free(again);
    /* Nothing is computed. */
    again = run;
    OK(flowtime_workspace_run(workspace, TEXT(ID), NULL, options, NULL, 0, 0, 1, &again, &text, &error));
    EXPECT(again == NULL && says(text, "\"outcome\":\"reused\""));
    /* Other inputs and outputs. */
    OK(flowtime_run_options_set_number(options, TEXT("regular_tills"), 6, &error));
    OK(flowtime_run_options_keep(options, TEXT("line"), &error));
    OK(flowtime_workspace_run(workspace, TEXT(ID), NULL, options, NULL, 0, 0, 0, &again, &text, &error));
    EXPECT(flowtime_run_series_count(again) == 1 && says(text, "\"outcome\":\"written\""));
    flowtime_run_free(again);
    OK(flowtime_workspace_run(workspace, TEXT(ID), NULL, NULL, NULL, 0, 0, 0, NULL, &text, &error));
    flowtime_text_free(text);
    OK(flowtime_workspace_trace(workspace, TEXT("run_5c4ca5df8765c319"), &text, &error));
    EXPECT(says(text, "\"demand_factor\":1.2"));
    flowtime_run_free(run);
    flowtime_run_options_free(options);
    flowtime_model_free(stored);
    flowtime_model_free(model);
}

static void refused(const flowtime_workspace *workspace) {
    flowtime_text *text = NULL;
    flowtime_model *model = saturday();
    FAILS(FLOWTIME_STATUS_NOT_FOUND, flowtime_workspace_get(workspace, TEXT("saturday_0b652dff1270"), &text, &error));
    const char *hostile[] = {"../x", "/etc/passwd", "models/../../x", "con", "a b", ""};
    for (size_t index = 0; index < sizeof hostile / sizeof *hostile; index++) {
        FAILS(FLOWTIME_STATUS_INVALID_ARGUMENT,
              flowtime_workspace_get(workspace, hostile[index], strlen(hostile[index]), &text, &error));
    }
    FAILS(FLOWTIME_STATUS_INVALID_ARGUMENT, flowtime_workspace_get(workspace, TEXT("a\0b"), &text, &error));
    FAILS(FLOWTIME_STATUS_INVALID_ARGUMENT, flowtime_workspace_list(workspace, TEXT("{\"kind\": \"modl\"}"), &text, &error));
    FAILS(FLOWTIME_STATUS_INVALID_ARGUMENT, flowtime_workspace_list(workspace, TEXT("{\"limit\": -1}"), &text, &error));
    FAILS(FLOWTIME_STATUS_INVALID_ARGUMENT, flowtime_workspace_list(workspace, TEXT("[]"), &text, &error));
    FAILS(FLOWTIME_STATUS_INVALID_ARGUMENT,
          flowtime_workspace_put_model(workspace, model, TEXT("{\"tag\": \"x\"}"), &text, &error));
    FAILS(FLOWTIME_STATUS_INVALID_ARGUMENT,
          flowtime_workspace_run(workspace, NULL, 0, NULL, NULL, NULL, 0, 0, 0, NULL, &text, &error));
    FAILS(FLOWTIME_STATUS_INVALID_ARGUMENT,
          flowtime_workspace_run(workspace, TEXT(ID), model, NULL, NULL, 0, 0, 0, NULL, &text, &error));
    FAILS(FLOWTIME_STATUS_INVALID_ARGUMENT,
          flowtime_workspace_run(workspace, TEXT(ID), NULL, NULL, NULL, 0, 2, 0, NULL, &text, &error));
    FAILS(FLOWTIME_STATUS_CONFLICT,
          flowtime_workspace_put_model(workspace, model, TEXT("{\"version\": 2, \"name\": \"Sunday\"}"), &text, &error));
    EXPECT(text == NULL);
    flowtime_model_free(model);
}

static void *worker(void *shared) {
    for (int turn = 0; turn < 5; turn++) {
        flowtime_text *text = NULL;
        OK(flowtime_workspace_run(shared, TEXT(ID), NULL, NULL, NULL, 0, 0, 0, NULL, &text, &error));
        flowtime_text_free(text);
    }
    return NULL;
}

static void threads(flowtime_workspace *workspace) {
    pthread_t all[4];
    flowtime_text *text = NULL;
    for (int index = 0; index < 4; index++) {
        EXPECT(pthread_create(&all[index], NULL, worker, workspace) == 0);
    }
    for (int index = 0; index < 4; index++) {
        EXPECT(pthread_join(all[index], NULL) == 0);
    }
    /* Four of `loop` besides. */
    OK(flowtime_workspace_get(workspace, TEXT(ID), &text, &error));
    EXPECT(says(text, "\"run_count\":24"));
}

int main(int count, char **arguments) {
    EXPECT(count == 2);
    flowtime_workspace *workspace = NULL;
    OK(flowtime_workspace_open(arguments[1], strlen(arguments[1]), &workspace, &error));
    templates();
    loop(workspace);
    refused(workspace);
    threads(workspace);
    flowtime_workspace_free(workspace);
    return 0;
}
