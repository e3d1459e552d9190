// Templates and the workspace through the C++ layer. The one argument is a folder that is not there yet.
#include "expect.h"
#include <flowtime.hpp>

static bool has(const std::string &text, std::string_view part) { return text.find(part) != std::string::npos; }

int main(int count, char **arguments) {
    EXPECT(count == 2);
    const auto desk = flowtime::model_template::shipped("checkout-service");
    EXPECT(desk.id() == "checkout-service" && desk.version() == "1.0.0" && has(desk.parameter_form(), "\"seed\""));
    std::string facts;
    const auto model = desk.generate("{\"demand_factor\": 1.2}", "Saturday", "2026-01-05T10:00:00Z", &facts);
    EXPECT(has(facts, "\"model_id\":\"saturday_0b652dff127f\""));
    try {
        desk.generate("{\"staff\": 3}");
        EXPECT(false);
    } catch (const flowtime::error &error) {
        EXPECT(error.status() == FLOWTIME_STATUS_INVALID_ARGUMENT && error.diagnostics().size() == 1);
    }
    try {
        flowtime::model_template::shipped("checkout");
        EXPECT(false);
    } catch (const flowtime::error &error) {
        EXPECT(error.status() == FLOWTIME_STATUS_NOT_FOUND);
    }
    const flowtime::workspace workspace(arguments[1]);
    EXPECT(has(workspace.put(model), "\"existed\":false"));
    EXPECT(has(workspace.list("{\"kind\": \"model\"}"), "\"total\":1"));
    const auto first = workspace.run("saturday_0b652dff127f", flowtime::run_options().seed(1), true);
    EXPECT(has(first.json, "run_5c4ca5df8765c319") && first.run && first.run->seed() == 1);
    const auto stored = workspace.model("saturday_0b652dff127f");
    const auto second = workspace.run(stored, flowtime::run_options().seed(1), "saturday_0b652dff127f");
    EXPECT(second.run->series("line").to_vector() == first.run->series("line").to_vector());
    const auto third = workspace.run(stored, flowtime::run_options().seed(1), {}, false, true);
    EXPECT(!third.run && has(third.json, "\"outcome\":\"reused\""));
    EXPECT(has(workspace.trace("run_5c4ca5df8765c319"), "\"demand_factor\":1.2"));
    EXPECT(has(workspace.get("run_5c4ca5df8765c319"), "\"catalog\""));
    return 0;
}
