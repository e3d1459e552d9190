// How much capacity keeps the backlog small? And what a bad model says.
#include <flowtime.hpp>

#include <algorithm>
#include <iostream>

static const char text[] = R"(
schemaVersion: 1
grid: {bins: 8, binSize: 1, binUnit: hours}
nodes:
  - {id: arrivals, kind: const, values: [10, 30, 25, 20, 5, 0, 12, 9]}
  - {id: capacity, kind: const, values: 18}
  - {id: backlog, kind: expr, expr: 'QUEUE(arrivals, capacity)'}
)";

int main() try {
    const flowtime::plan plan = flowtime::model::parse(text).compile();
    for (auto [id, series] : plan.run()) {
        std::cout << id << ':';
        for (double number : series) {
            std::cout << ' ' << number;
        }
        std::cout << '\n';
    }
    flowtime::runner runner = plan.runner(flowtime::run_options().keep("backlog"));
    for (double capacity = 14; capacity <= 26; capacity += 2) {
        runner.input("capacity", capacity);
        runner.run();
        flowtime::series_view backlog = runner.series("backlog");
        std::cout << "capacity " << capacity << ": at most " << *std::max_element(backlog.begin(), backlog.end())
                  << " waiting\n";
    }
    for (const flowtime::diagnostic &found : flowtime::validate("schemaVersion: 1\ngrid: 5\nnodes: []\n")) {
        std::cout << "line " << found.place.line << ": " << found.message << " [" << found.code << "]\n";
    }
    return 0;
} catch (const flowtime::error &error) {
    std::cerr << error.what() << '\n';
    return 1;
}
