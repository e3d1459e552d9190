// FlowTime for C++17: a thin layer over flowtime.h. Handles free themselves, statuses become exceptions,
// series are views, and what a callback throws arrives where the call was made. Everything is inline; the
// contract of flowtime.h holds, and get() gives the handle for what this layer leaves out. An object that
// was moved from can only be assigned to or destroyed.
#ifndef FLOWTIME_HPP
#define FLOWTIME_HPP

#include <flowtime.h>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace flowtime {

namespace detail {

template <auto Free> struct deleter {
    template <class T> void operator()(T *handle) const noexcept { Free(handle); }
};

template <class T, auto Free> using handle = std::unique_ptr<T, deleter<Free>>;

inline std::string_view view(flowtime_str text) noexcept {
    return text.data == nullptr ? std::string_view() : std::string_view(text.data, text.length);
}

inline std::string copied(flowtime_str text) { return std::string(view(text)); }

/// Counts up, for lists that are read by index.
template <class List> class iterator {
public:
    using iterator_category = std::input_iterator_tag;
    using value_type = decltype(std::declval<const List &>()[0]);
    using difference_type = std::ptrdiff_t;
    using pointer = void;
    using reference = value_type;

    iterator(const List *list, std::size_t index) : list_(list), index_(index) {}
    value_type operator*() const { return (*list_)[index_]; }
    iterator &operator++() {
        ++index_;
        return *this;
    }
    iterator operator++(int) {
        iterator old = *this;
        ++index_;
        return old;
    }
    bool operator==(const iterator &other) const { return index_ == other.index_; }
    bool operator!=(const iterator &other) const { return index_ != other.index_; }

private:
    const List *list_;
    std::size_t index_;
};

} // namespace detail

/// A further place that belongs to a diagnostic, such as the first of two duplicates.
struct label {
    std::string message;
    flowtime_place place;
};

/// One problem, or remark, about a model.
struct diagnostic {
    std::string code;
    std::string name;
    flowtime_severity severity;
    std::string message;
    std::string path;
    std::string help;
    flowtime_place place;
    std::vector<label> labels;
};

namespace detail {

inline std::vector<diagnostic> copied(const flowtime_diagnostics *list) {
    std::vector<diagnostic> all;
    for (std::size_t index = 0; index < flowtime_diagnostics_count(list); index++) {
        const flowtime_diagnostic *one = flowtime_diagnostics_at(list, index);
        std::vector<label> labels;
        for (std::size_t number = 0; number < flowtime_diagnostic_label_count(one); number++) {
            labels.push_back({copied(flowtime_diagnostic_label_message(one, number)),
                              flowtime_diagnostic_label_place(one, number)});
        }
        all.push_back({copied(flowtime_diagnostic_code(one)), copied(flowtime_diagnostic_name(one)),
                       flowtime_diagnostic_severity(one), copied(flowtime_diagnostic_message(one)),
                       copied(flowtime_diagnostic_path(one)), copied(flowtime_diagnostic_help(one)),
                       flowtime_diagnostic_place(one), std::move(labels)});
    }
    return all;
}

} // namespace detail

/// A call that failed.
class error : public std::runtime_error {
public:
    error(flowtime_status status, std::string_view message, std::vector<flowtime::diagnostic> diagnostics = {},
          std::size_t offset = SIZE_MAX)
        : std::runtime_error(std::string(message)), status_(status), diagnostics_(std::move(diagnostics)),
          offset_(offset) {}
    flowtime_status status() const noexcept { return status_; }
    /// The first byte that is not UTF-8 of FLOWTIME_STATUS_INVALID_UTF8; SIZE_MAX for everything else.
    std::size_t offset() const noexcept { return offset_; }
    /// What is wrong with the model; empty when something else is wrong.
    const std::vector<flowtime::diagnostic> &diagnostics() const noexcept { return diagnostics_; }

private:
    flowtime_status status_;
    std::vector<flowtime::diagnostic> diagnostics_;
    std::size_t offset_;
};

/// Thrown by a resolver, it becomes a diagnostic at the source; other exceptions leave the call as they are.
class source_error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

namespace detail {

/// What a callback of the present call threw: it may not cross the frames of the library, so that it waits
/// here until the call has returned. Callbacks come in the thread of their call.
inline std::exception_ptr &thrown() noexcept {
    static thread_local std::exception_ptr waiting;
    return waiting;
}

/// Throws what a callback threw, or what a call says through the error object that it is given.
template <class Call> void checked(Call &&call) {
    flowtime_error *raw = nullptr;
    thrown() = nullptr;
    flowtime_status status = call(&raw);
    if (status != FLOWTIME_STATUS_OK) {
        handle<flowtime_error, flowtime_error_free> owner(raw);
        if (std::exception_ptr waiting = std::exchange(thrown(), nullptr)) {
            std::rethrow_exception(waiting);
        }
        throw error(status, view(flowtime_error_message(raw)), copied(flowtime_error_diagnostics(raw)),
                    flowtime_error_offset(raw));
    }
}

/// The handle that a call makes.
template <class T, class Call> T *made(Call &&call) {
    T *raw = nullptr;
    checked([&](flowtime_error **error) { return call(&raw, error); });
    return raw;
}

inline std::string taken(flowtime_text *text) {
    handle<flowtime_text, flowtime_text_free> owner(text);
    return copied(flowtime_text_view(text));
}

/// The text that a call makes.
template <class Call> std::string text(Call &&call) {
    return taken(made<flowtime_text>(std::forward<Call>(call)));
}

/// Gives `call` a place for a list of diagnostics if `wanted`, and copies what it put there.
template <class Call> void with_warnings(std::vector<diagnostic> *wanted, Call &&call) {
    flowtime_diagnostics *list = nullptr;
    call(wanted == nullptr ? nullptr : &list);
    handle<flowtime_diagnostics, flowtime_diagnostics_free> owner(list);
    if (wanted != nullptr) {
        *wanted = copied(list);
    }
}

inline std::vector<std::string> messages(const flowtime_warnings *list) {
    std::vector<std::string> all;
    for (std::size_t index = 0; index < flowtime_warnings_count(list); index++) {
        all.push_back(copied(flowtime_warnings_message(list, index)));
    }
    return all;
}

/// A list that is read by index, as strings.
template <class Handle, class Count, class Id> std::vector<std::string> strings(Handle *from, Count count, Id id) {
    std::vector<std::string> all;
    for (std::size_t index = 0; index < count(from); index++) {
        all.push_back(copied(id(from, index)));
    }
    return all;
}

inline std::optional<std::uint64_t> seed(std::int64_t number) {
    return number < 0 ? std::nullopt : std::optional<std::uint64_t>(number);
}

using progress = std::function<bool(double done)>;

inline std::int32_t call_progress(double done, void *function) noexcept {
    try {
        return (*static_cast<const progress *>(function))(done) ? 0 : 1;
    } catch (...) {
        thrown() = std::current_exception();
        return 1;
    }
}

/// A function that gives nothing goes on.
template <class Function> std::shared_ptr<progress> kept_progress(Function function) {
    return std::make_shared<progress>([function = std::move(function)](double done) mutable {
        if constexpr (std::is_void_v<decltype(function(done))>) {
            function(done);
            return true;
        } else {
            return static_cast<bool>(function(done));
        }
    });
}

using resolver = std::function<std::vector<double>(std::string_view source)>;

inline void call_resolver(void *function, flowtime_str source, flowtime_values *values) noexcept {
    const auto fail = [&](std::string_view message) {
        flowtime_values_fail(values, message.data(), message.size(), nullptr);
    };
    try {
        if (thrown() == nullptr) {
            const std::vector<double> numbers = (*static_cast<const resolver *>(function))(view(source));
            flowtime_values_set(values, numbers.data(), numbers.size(), nullptr);
        }
    } catch (const source_error &error) {
        fail(error.what());
    } catch (...) {
        thrown() = std::current_exception();
    }
}

} // namespace detail

/// A list of numbers that someone else owns: the C++17 stand-in for std::span<const double>.
class series_view {
public:
    using value_type = double;
    using const_iterator = const double *;

    series_view() = default;
    series_view(const double *data, std::size_t size) : data_(data), size_(size) {}
    series_view(flowtime_series series) : data_(series.data), size_(series.length) {}
    series_view(const std::vector<double> &numbers) : data_(numbers.data()), size_(numbers.size()) {}
    const double *data() const noexcept { return data_; }
    std::size_t size() const noexcept { return size_; }
    bool empty() const noexcept { return size_ == 0; }
    const double *begin() const noexcept { return data_; }
    const double *end() const noexcept { return data_ + size_; }
    double operator[](std::size_t bin) const noexcept { return data_[bin]; }
    std::vector<double> to_vector() const { return std::vector<double>(begin(), end()); }

private:
    const double *data_ = nullptr;
    std::size_t size_ = 0;
};

/// Asks runs to stop, from any thread.
class cancel {
public:
    cancel()
        : handle_(detail::made<flowtime_cancel>([](auto **out, auto **e) { return flowtime_cancel_new(out, e); })) {}
    void request() const noexcept { flowtime_cancel_request(handle_.get(), nullptr); }
    bool requested() const noexcept { return flowtime_cancel_is_requested(handle_.get()) != 0; }
    const flowtime_cancel *get() const noexcept { return handle_.get(); }

private:
    detail::handle<flowtime_cancel, flowtime_cancel_free> handle_;
};

/// What a run is asked for. Setters can be chained.
class run_options {
public:
    run_options()
        : handle_(detail::made<flowtime_run_options>(
              [](auto **out, auto **e) { return flowtime_run_options_new(out, e); })) {}
    run_options &seed(std::uint64_t seed) {
        return set([&](auto *o, auto **e) { return flowtime_run_options_set_seed(o, seed, e); });
    }
    run_options &input(std::string_view node, double number) {
        return set([&](auto *o, auto **e) {
            return flowtime_run_options_set_number(o, node.data(), node.size(), number, e);
        });
    }
    run_options &input(std::string_view node, series_view numbers) {
        return set([&](auto *o, auto **e) {
            return flowtime_run_options_set_series(o, node.data(), node.size(), numbers.data(), numbers.size(), e);
        });
    }
    run_options &keep(std::string_view node) {
        return set([&](auto *o, auto **e) { return flowtime_run_options_keep(o, node.data(), node.size(), e); });
    }
    run_options &limit(flowtime_limit limit, std::uint64_t value) {
        return set([&](auto *o, auto **e) { return flowtime_run_options_set_limit(o, limit, value, e); });
    }
    run_options &cancel(const flowtime::cancel &cancel) {
        return set([&](auto *o, auto **e) { return flowtime_run_options_set_cancel(o, cancel.get(), e); });
    }
    /// Calls `function` with the part of the work that is done, from 0 to 1. If it gives false the run is
    /// cancelled; if it throws, the run is, and the exception leaves the call that ran.
    template <class Function> run_options &progress(Function function) {
        auto kept = detail::kept_progress(std::move(function));
        set([&](auto *o, auto **e) {
            return flowtime_run_options_set_progress(o, detail::call_progress, kept.get(), e);
        });
        progress_ = std::move(kept);
        return *this;
    }
    const flowtime_run_options *get() const noexcept { return handle_.get(); }

private:
    friend class plan;
    template <class Call> run_options &set(Call &&call) {
        detail::checked([&](auto **e) { return call(handle_.get(), e); });
        return *this;
    }
    detail::handle<flowtime_run_options, flowtime_run_options_free> handle_;
    std::shared_ptr<detail::progress> progress_;
};

/// The series of one run. Iterating gives pairs of an id and its numbers.
class run {
public:
    using value_type = std::pair<std::string_view, series_view>;

    explicit run(flowtime_run *handle) : handle_(handle) {}
    std::uint64_t seed() const noexcept { return flowtime_run_seed(handle_.get()); }
    std::size_t bins() const noexcept { return flowtime_run_bins(handle_.get()); }
    std::size_t size() const noexcept { return flowtime_run_series_count(handle_.get()); }
    /// The numbers of a series, which live as long as the run.
    series_view series(std::string_view id) const {
        flowtime_series found{};
        detail::checked(
            [&](auto **e) { return flowtime_run_series(handle_.get(), id.data(), id.size(), &found, e); });
        return found;
    }
    value_type operator[](std::size_t index) const noexcept {
        return {detail::view(flowtime_run_series_id(handle_.get(), index)),
                flowtime_run_series_at(handle_.get(), index)};
    }
    detail::iterator<run> begin() const { return {this, 0}; }
    detail::iterator<run> end() const { return {this, size()}; }
    std::vector<std::string> warnings() const { return detail::messages(flowtime_run_warnings(handle_.get())); }
    const flowtime_run *get() const noexcept { return handle_.get(); }

private:
    detail::handle<flowtime_run, flowtime_run_free> handle_;
};

/// Runs a plan again and again. One thread at a time.
class runner {
public:
    explicit runner(flowtime_runner *handle, std::shared_ptr<void> callbacks = nullptr)
        : callbacks_(std::move(callbacks)), handle_(handle) {}
    void seed(std::uint64_t seed) {
        detail::checked([&](auto **e) { return flowtime_runner_set_seed(handle_.get(), seed, e); });
    }
    void input(std::string_view node, double number) {
        detail::checked([&](auto **e) {
            return flowtime_runner_set_number(handle_.get(), node.data(), node.size(), number, e);
        });
    }
    void input(std::string_view node, series_view numbers) {
        detail::checked([&](auto **e) {
            return flowtime_runner_set_series(handle_.get(), node.data(), node.size(), numbers.data(),
                                              numbers.size(), e);
        });
    }
    void bind(std::string_view node, flowtime_input_shape shape = FLOWTIME_INPUT_SHAPE_NUMBER) {
        detail::checked(
            [&](auto **e) { return flowtime_runner_bind(handle_.get(), node.data(), node.size(), shape, e); });
    }
    std::size_t bins() const noexcept { return flowtime_runner_bins(handle_.get()); }
    std::size_t size() const noexcept { return flowtime_runner_series_count(handle_.get()); }
    /// The ids of the kept series, in the order in which run_into() writes them.
    std::vector<std::string> ids() const {
        return detail::strings(handle_.get(), flowtime_runner_series_count, flowtime_runner_series_id);
    }
    void run() {
        detail::checked([&](auto **e) { return flowtime_runner_run(handle_.get(), e); });
    }
    /// The numbers of a series of the last run(), until the runner is used again.
    series_view series(std::string_view id) const {
        flowtime_series found{};
        detail::checked(
            [&](auto **e) { return flowtime_runner_series(handle_.get(), id.data(), id.size(), &found, e); });
        return found;
    }
    /// From and into the caller's memory: see flowtime_runner_run_into().
    void run_into(series_view inputs, double *outputs, std::size_t outputs_length) {
        detail::checked([&](auto **e) {
            return flowtime_runner_run_into(handle_.get(), inputs.data(), inputs.size(), outputs, outputs_length, e);
        });
    }
    /// The same, with a place for each series.
    void run_into(series_view inputs, const std::vector<double *> &outputs) {
        detail::checked([&](auto **e) {
            return flowtime_runner_run_into_each(handle_.get(), inputs.data(), inputs.size(), outputs.data(),
                                                 outputs.size(), bins(), e);
        });
    }
    /// What is worth knowing about the last run.
    std::vector<std::string> warnings() const {
        detail::handle<flowtime_warnings, flowtime_warnings_free> list(detail::made<flowtime_warnings>(
            [&](auto **out, auto **e) { return flowtime_runner_warnings(handle_.get(), out, e); }));
        return detail::messages(list.get());
    }
    flowtime_runner *get() const noexcept { return handle_.get(); }

private:
    std::shared_ptr<void> callbacks_;
    detail::handle<flowtime_runner, flowtime_runner_free> handle_;
};

/// What an ensemble is asked for. Setters can be chained.
class ensemble_options {
public:
    explicit ensemble_options(std::size_t scenarios)
        : handle_(detail::made<flowtime_ensemble_options>(
              [&](auto **out, auto **e) { return flowtime_ensemble_options_new(scenarios, out, e); })) {}
    ensemble_options &seed(std::uint64_t seed) {
        return set([&](auto *o, auto **e) { return flowtime_ensemble_options_set_seed(o, seed, e); });
    }
    /// One scenario a seed.
    ensemble_options &seeds(const std::vector<std::uint64_t> &seeds) {
        return set([&](auto *o, auto **e) {
            return flowtime_ensemble_options_set_seeds(o, seeds.data(), seeds.size(), e);
        });
    }
    ensemble_options &input(std::string_view node, double number) {
        return set([&](auto *o, auto **e) {
            return flowtime_ensemble_options_set_number(o, node.data(), node.size(), number, e);
        });
    }
    ensemble_options &input(std::string_view node, series_view numbers) {
        return set([&](auto *o, auto **e) {
            return flowtime_ensemble_options_set_series(o, node.data(), node.size(), numbers.data(), numbers.size(),
                                                        e);
        });
    }
    /// One number a scenario.
    ensemble_options &input_each(std::string_view node, series_view numbers) {
        return set([&](auto *o, auto **e) {
            return flowtime_ensemble_options_set_numbers(o, node.data(), node.size(), numbers.data(), numbers.size(),
                                                         e);
        });
    }
    /// One series a scenario: `numbers` has the `bins` numbers of scenario 0, then those of scenario 1, and so on.
    ensemble_options &input_each(std::string_view node, series_view numbers, std::size_t bins) {
        const std::size_t scenarios = bins == 0 ? 0 : numbers.size() / bins;
        return set([&](auto *o, auto **e) {
            return flowtime_ensemble_options_set_series_each(o, node.data(), node.size(), numbers.data(), scenarios,
                                                             bins, e);
        });
    }
    ensemble_options &keep(std::string_view node) {
        return set(
            [&](auto *o, auto **e) { return flowtime_ensemble_options_keep(o, node.data(), node.size(), e); });
    }
    ensemble_options &statistic(flowtime_statistic statistic) {
        return set([&](auto *o, auto **e) { return flowtime_ensemble_options_add_statistic(o, statistic, e); });
    }
    ensemble_options &quantile(double quantile) {
        return set([&](auto *o, auto **e) { return flowtime_ensemble_options_add_quantile(o, quantile, e); });
    }
    ensemble_options &above(std::string_view node, double threshold) {
        return set([&](auto *o, auto **e) {
            return flowtime_ensemble_options_above(o, node.data(), node.size(), threshold, e);
        });
    }
    ensemble_options &below(std::string_view node, double threshold) {
        return set([&](auto *o, auto **e) {
            return flowtime_ensemble_options_below(o, node.data(), node.size(), threshold, e);
        });
    }
    ensemble_options &histogram(std::string_view node, series_view edges) {
        return set([&](auto *o, auto **e) {
            return flowtime_ensemble_options_histogram(o, node.data(), node.size(), edges.data(), edges.size(), e);
        });
    }
    ensemble_options &measure(std::string_view node, flowtime_measure measure, double threshold = 0) {
        return set([&](auto *o, auto **e) {
            return flowtime_ensemble_options_measure(o, node.data(), node.size(), measure, threshold, e);
        });
    }
    /// Keeps the series of these scenarios themselves.
    ensemble_options &chosen(const std::vector<std::size_t> &scenarios) {
        return set([&](auto *o, auto **e) {
            return flowtime_ensemble_options_set_chosen(o, scenarios.data(), scenarios.size(), e);
        });
    }
    ensemble_options &threads(std::size_t threads) {
        return set([&](auto *o, auto **e) { return flowtime_ensemble_options_set_threads(o, threads, e); });
    }
    ensemble_options &limit(flowtime_limit limit, std::uint64_t value) {
        return set([&](auto *o, auto **e) { return flowtime_ensemble_options_set_limit(o, limit, value, e); });
    }
    ensemble_options &cancel(const flowtime::cancel &cancel) {
        return set([&](auto *o, auto **e) { return flowtime_ensemble_options_set_cancel(o, cancel.get(), e); });
    }
    /// As run_options::progress().
    template <class Function> ensemble_options &progress(Function function) {
        auto kept = detail::kept_progress(std::move(function));
        set([&](auto *o, auto **e) {
            return flowtime_ensemble_options_set_progress(o, detail::call_progress, kept.get(), e);
        });
        progress_ = std::move(kept);
        return *this;
    }
    const flowtime_ensemble_options *get() const noexcept { return handle_.get(); }

private:
    template <class Call> ensemble_options &set(Call &&call) {
        detail::checked([&](auto **e) { return call(handle_.get(), e); });
        return *this;
    }
    detail::handle<flowtime_ensemble_options, flowtime_ensemble_options_free> handle_;
    std::shared_ptr<detail::progress> progress_;
};

/// What many scenarios say together, as long as what it was taken from lives: an ensemble or a sweep.
class ensemble_view {
public:
    explicit ensemble_view(const flowtime_ensemble *handle) : handle_(handle) {}
    std::size_t scenarios() const noexcept { return flowtime_ensemble_scenarios(handle_); }
    std::uint64_t seed() const noexcept { return flowtime_ensemble_seed(handle_); }
    std::size_t bins() const noexcept { return flowtime_ensemble_bins(handle_); }
    std::vector<std::string> ids() const {
        return detail::strings(handle_, flowtime_ensemble_series_count, flowtime_ensemble_series_id);
    }
    std::vector<std::uint64_t> seeds() const {
        std::vector<std::uint64_t> all(scenarios());
        detail::checked([&](auto **e) { return flowtime_ensemble_copy_seeds(handle_, all.data(), all.size(), e); });
        return all;
    }
    series_view statistic(std::string_view id, flowtime_statistic statistic) const {
        return found([&](auto *out, auto **e) {
            return flowtime_ensemble_statistic(handle_, id.data(), id.size(), statistic, out, e);
        });
    }
    series_view mean(std::string_view id) const { return statistic(id, FLOWTIME_STATISTIC_MEAN); }
    series_view quantile(std::string_view id, double quantile) const {
        return found([&](auto *out, auto **e) {
            return flowtime_ensemble_quantile(handle_, id.data(), id.size(), quantile, out, e);
        });
    }
    series_view above(std::string_view id, double threshold) const {
        return found([&](auto *out, auto **e) {
            return flowtime_ensemble_above(handle_, id.data(), id.size(), threshold, out, e);
        });
    }
    series_view below(std::string_view id, double threshold) const {
        return found([&](auto *out, auto **e) {
            return flowtime_ensemble_below(handle_, id.data(), id.size(), threshold, out, e);
        });
    }
    std::vector<std::uint64_t> missing(std::string_view id) const {
        std::vector<std::uint64_t> counts(bins());
        detail::checked([&](auto **e) {
            return flowtime_ensemble_copy_missing(handle_, id.data(), id.size(), counts.data(), counts.size(), e);
        });
        return counts;
    }
    series_view histogram_edges(std::string_view id) const {
        return found([&](auto *out, auto **e) {
            return flowtime_ensemble_histogram_edges(handle_, id.data(), id.size(), out, e);
        });
    }
    /// All buckets of bin 0, then those of bin 1, and so on.
    std::vector<std::uint64_t> histogram(std::string_view id) const {
        std::vector<std::uint64_t> counts(bins() * (histogram_edges(id).size() - 1));
        detail::checked([&](auto **e) {
            return flowtime_ensemble_copy_histogram(handle_, id.data(), id.size(), counts.data(), counts.size(), e);
        });
        return counts;
    }
    /// One number a scenario.
    series_view measure(std::string_view id, flowtime_measure measure, double threshold = 0) const {
        return found([&](auto *out, auto **e) {
            return flowtime_ensemble_measure(handle_, id.data(), id.size(), measure, threshold, out, e);
        });
    }
    /// The bins of the first chosen scenario, then those of the next.
    series_view chosen(std::string_view id) const {
        return found([&](auto *out, auto **e) {
            return flowtime_ensemble_chosen_series(handle_, id.data(), id.size(), out, e);
        });
    }
    std::vector<std::string> warnings() const { return detail::messages(flowtime_ensemble_warnings(handle_)); }
    /// How it was computed.
    std::string describe() const {
        return detail::text([&](auto **out, auto **e) { return flowtime_ensemble_describe(handle_, out, e); });
    }
    const flowtime_ensemble *get() const noexcept { return handle_; }

private:
    template <class Call> static series_view found(Call &&call) {
        flowtime_series series{};
        detail::checked([&](auto **e) { return call(&series, e); });
        return series;
    }
    const flowtime_ensemble *handle_;
};

/// An ensemble that is its own master.
class ensemble : public ensemble_view {
public:
    explicit ensemble(flowtime_ensemble *handle) : ensemble_view(handle), owner_(handle) {}

private:
    detail::handle<flowtime_ensemble, flowtime_ensemble_free> owner_;
};

/// Inputs and the numbers that they take in a sweep. They can be chained.
class sweep_inputs {
public:
    sweep_inputs()
        : handle_(detail::made<flowtime_sweep_inputs>(
              [](auto **out, auto **e) { return flowtime_sweep_inputs_new(out, e); })) {}
    sweep_inputs &add(std::string_view node, series_view numbers) {
        detail::checked([&](auto **e) {
            return flowtime_sweep_inputs_add(handle_.get(), node.data(), node.size(), numbers.data(), numbers.size(),
                                             e);
        });
        return *this;
    }
    const flowtime_sweep_inputs *get() const noexcept { return handle_.get(); }

private:
    detail::handle<flowtime_sweep_inputs, flowtime_sweep_inputs_free> handle_;
};

/// An ensemble for each point. Iterating gives views of them.
class sweep {
public:
    using value_type = ensemble_view;

    explicit sweep(flowtime_sweep *handle) : handle_(handle) {}
    std::size_t size() const noexcept { return flowtime_sweep_count(handle_.get()); }
    ensemble_view operator[](std::size_t point) const noexcept {
        return ensemble_view(flowtime_sweep_at(handle_.get(), point));
    }
    detail::iterator<sweep> begin() const { return {this, 0}; }
    detail::iterator<sweep> end() const { return {this, size()}; }
    /// The numbers of an input, one a point.
    series_view numbers(std::string_view input) const {
        flowtime_series found{};
        detail::checked(
            [&](auto **e) { return flowtime_sweep_numbers(handle_.get(), input.data(), input.size(), &found, e); });
        return found;
    }
    const flowtime_sweep *get() const noexcept { return handle_.get(); }

private:
    detail::handle<flowtime_sweep, flowtime_sweep_free> handle_;
};

/// One node reads another, `lag` bins back.
struct edge {
    std::string reader;
    std::string read;
    std::uint64_t lag;
};

/// A series that hosts write out.
struct output {
    std::string series;
    std::string file;
};

/// A compiled model, for use from any number of threads.
class plan {
public:
    explicit plan(flowtime_plan *handle) : handle_(handle) {}
    flowtime::run run(const run_options &options = run_options()) const {
        return flowtime::run(detail::made<flowtime_run>(
            [&](auto **out, auto **e) { return flowtime_plan_run(handle_.get(), options.get(), out, e); }));
    }
    flowtime::runner runner(const run_options &options = run_options()) const {
        auto *made = detail::made<flowtime_runner>(
            [&](auto **out, auto **e) { return flowtime_runner_new(handle_.get(), options.get(), out, e); });
        return flowtime::runner(made, options.progress_);
    }
    flowtime::ensemble ensemble(const ensemble_options &options) const {
        return flowtime::ensemble(detail::made<flowtime_ensemble>(
            [&](auto **out, auto **e) { return flowtime_plan_ensemble(handle_.get(), options.get(), out, e); }));
    }
    flowtime::sweep sweep(const sweep_inputs &inputs, const ensemble_options &options,
                          flowtime_sweep_shape shape = FLOWTIME_SWEEP_SHAPE_GRID) const {
        return flowtime::sweep(detail::made<flowtime_sweep>([&](auto **out, auto **e) {
            return flowtime_plan_sweep(handle_.get(), inputs.get(), shape, options.get(), out, e);
        }));
    }
    std::size_t bins() const noexcept { return flowtime_plan_bins(handle_.get()); }
    /// The model's own seed, if it names one.
    std::optional<std::uint64_t> seed() const { return detail::seed(flowtime_plan_seed(handle_.get())); }
    std::vector<std::string> nodes() const {
        return detail::strings(handle_.get(), flowtime_plan_node_count, flowtime_plan_node_id);
    }
    /// The nodes that a run may replace.
    std::vector<std::string> inputs() const {
        return detail::strings(handle_.get(), flowtime_plan_input_count, flowtime_plan_input_id);
    }
    std::vector<output> outputs() const {
        std::vector<output> all;
        for (std::size_t index = 0; index < flowtime_plan_output_count(handle_.get()); index++) {
            all.push_back({detail::copied(flowtime_plan_output_id(handle_.get(), index)),
                           detail::copied(flowtime_plan_output_file(handle_.get(), index))});
        }
        return all;
    }
    std::vector<edge> edges() const {
        std::vector<edge> all;
        for (std::size_t index = 0; index < flowtime_plan_edge_count(handle_.get()); index++) {
            all.push_back({detail::copied(flowtime_plan_edge_reader(handle_.get(), index)),
                           detail::copied(flowtime_plan_edge_read(handle_.get(), index)),
                           flowtime_plan_edge_lag(handle_.get(), index)});
        }
        return all;
    }
    std::string describe() const {
        return detail::text([&](auto **out, auto **e) { return flowtime_plan_describe(handle_.get(), out, e); });
    }
    const flowtime_plan *get() const noexcept { return handle_.get(); }

private:
    detail::handle<flowtime_plan, flowtime_plan_free> handle_;
};

/// How documents are read. Setters can be chained.
class parse_options {
public:
    parse_options()
        : handle_(detail::made<flowtime_parse_options>(
              [](auto **out, auto **e) { return flowtime_parse_options_new(out, e); })) {}
    /// The name of the document in messages, usually a file's path.
    parse_options &name(std::string_view name) {
        return set([&](auto *o, auto **e) { return flowtime_parse_options_set_name(o, name.data(), name.size(), e); });
    }
    /// Takes reserved sections with a warning instead of an error.
    parse_options &ignore_reserved(bool ignore = true) {
        return set([&](auto *o, auto **e) { return flowtime_parse_options_set_ignore_reserved(o, ignore, e); });
    }
    parse_options &limit(flowtime_limit limit, std::uint64_t value) {
        return set([&](auto *o, auto **e) { return flowtime_parse_options_set_limit(o, limit, value, e); });
    }
    const flowtime_parse_options *get() const noexcept { return handle_.get(); }

private:
    template <class Call> parse_options &set(Call &&call) {
        detail::checked([&](auto **e) { return call(handle_.get(), e); });
        return *this;
    }
    detail::handle<flowtime_parse_options, flowtime_parse_options_free> handle_;
};

/// What a document says about a node; what it does not say is empty.
struct node {
    std::string id;
    flowtime_node_kind kind;
    std::string unit;
    std::string description;
    std::string expr;
    std::string source;
    std::vector<double> values;
    std::vector<double> probabilities;
    /// As JSON; "null" where there is none.
    std::string metadata_json;
};

/// What a document says.
class model {
public:
    explicit model(flowtime_model *handle) : handle_(handle) {}
    /// Reads a document. Its warnings, which may be none, replace what `warnings` held.
    static model parse(std::string_view text, const parse_options &options = parse_options(),
                       std::vector<diagnostic> *warnings = nullptr) {
        flowtime_model *parsed = nullptr;
        detail::with_warnings(warnings, [&](flowtime_diagnostics **list) {
            parsed = detail::made<flowtime_model>([&](auto **out, auto **e) {
                return flowtime_model_parse(text.data(), text.size(), options.get(), out, list, e);
            });
        });
        return model(parsed);
    }
    /// The model with the numbers of its sources: `resolve` gets the text of each, such as "file.csv#column",
    /// and gives the numbers or throws a source_error.
    model resolve_sources(const std::function<std::vector<double>(std::string_view source)> &resolve,
                          std::vector<diagnostic> *warnings = nullptr) const {
        flowtime_model *resolved = nullptr;
        detail::with_warnings(warnings, [&](flowtime_diagnostics **list) {
            resolved = detail::made<flowtime_model>([&](auto **out, auto **e) {
                return flowtime_model_resolve_sources(handle_.get(), detail::call_resolver,
                                                      const_cast<detail::resolver *>(&resolve), out, list, e);
            });
        });
        return model(resolved);
    }
    flowtime::plan compile() const {
        return flowtime::plan(detail::made<flowtime_plan>(
            [&](auto **out, auto **e) { return flowtime_model_compile(handle_.get(), out, e); }));
    }
    std::size_t bins() const noexcept { return flowtime_model_bins(handle_.get()); }
    std::uint64_t bin_minutes() const noexcept { return flowtime_model_bin_minutes(handle_.get()); }
    /// The time at which a bin starts; the bin after the last is the end.
    std::string bin_start(std::size_t bin) const {
        return detail::text(
            [&](auto **out, auto **e) { return flowtime_model_bin_start(handle_.get(), bin, out, e); });
    }
    std::string title() const { return detail::copied(flowtime_model_title(handle_.get())); }
    std::optional<std::uint64_t> seed() const { return detail::seed(flowtime_model_seed(handle_.get())); }
    std::vector<node> nodes() const {
        const flowtime_model *of = handle_.get();
        std::vector<node> all;
        for (std::size_t index = 0; index < flowtime_model_node_count(of); index++) {
            all.push_back({detail::copied(flowtime_model_node_id(of, index)), flowtime_model_node_kind(of, index),
                           detail::copied(flowtime_model_node_unit(of, index)),
                           detail::copied(flowtime_model_node_description(of, index)),
                           detail::copied(flowtime_model_node_expr(of, index)),
                           detail::copied(flowtime_model_node_source(of, index)),
                           series_view(flowtime_model_node_values(of, index)).to_vector(),
                           series_view(flowtime_model_node_probabilities(of, index)).to_vector(),
                           detail::text([&](auto **out, auto **e) {
                               return flowtime_model_node_metadata_json(of, index, out, e);
                           })});
        }
        return all;
    }
    /// What the document says besides the model, as JSON; "null" where there is nothing.
    std::string metadata_json() const {
        return detail::text(
            [&](auto **out, auto **e) { return flowtime_model_metadata_json(handle_.get(), out, e); });
    }
    std::string provenance_json() const {
        return detail::text(
            [&](auto **out, auto **e) { return flowtime_model_provenance_json(handle_.get(), out, e); });
    }
    /// Everything that looks wrong in the results of a run of this model.
    std::vector<diagnostic> findings(const flowtime::run &run) const {
        detail::handle<flowtime_diagnostics, flowtime_diagnostics_free> list(
            detail::made<flowtime_diagnostics>([&](auto **out, auto **e) {
                return flowtime_run_findings(run.get(), handle_.get(), out, e);
            }));
        return detail::copied(list.get());
    }
    std::string hash() const {
        return detail::text([&](auto **out, auto **e) { return flowtime_model_hash(handle_.get(), out, e); });
    }
    /// The hash of the grid and the nodes alone.
    std::string logic_hash() const {
        return detail::text([&](auto **out, auto **e) { return flowtime_model_logic_hash(handle_.get(), out, e); });
    }
    std::string to_yaml() const {
        return detail::text([&](auto **out, auto **e) { return flowtime_model_to_yaml(handle_.get(), out, e); });
    }
    const flowtime_model *get() const noexcept { return handle_.get(); }

private:
    detail::handle<flowtime_model, flowtime_model_free> handle_;
};

/// Builds a model without a document. Steps can be chained.
class model_builder {
public:
    model_builder(std::size_t bins, std::uint32_t bin_size, flowtime_bin_unit unit)
        : handle_(detail::made<flowtime_model_builder>(
              [&](auto **out, auto **e) { return flowtime_model_builder_new(bins, bin_size, unit, out, e); })) {}
    model_builder &constant(std::string_view id, double number) {
        return add([&](auto *b, auto **e) {
            return flowtime_model_builder_add_number(b, id.data(), id.size(), number, e);
        });
    }
    model_builder &constant(std::string_view id, series_view values,
                            flowtime_const_policy policy = FLOWTIME_CONST_POLICY_DEFAULT) {
        return add([&](auto *b, auto **e) {
            return flowtime_model_builder_add_series(b, id.data(), id.size(), values.data(), values.size(), policy,
                                                     e);
        });
    }
    model_builder &expr(std::string_view id, std::string_view text) {
        return add([&](auto *b, auto **e) {
            return flowtime_model_builder_add_expr(b, id.data(), id.size(), text.data(), text.size(), e);
        });
    }
    model_builder &pmf(std::string_view id, series_view values, series_view probabilities,
                       flowtime_pmf_policy policy = FLOWTIME_PMF_POLICY_DEFAULT) {
        if (values.size() != probabilities.size()) {
            throw error(FLOWTIME_STATUS_INVALID_ARGUMENT, "there must be as many probabilities as values");
        }
        return add([&](auto *b, auto **e) {
            return flowtime_model_builder_add_pmf(b, id.data(), id.size(), values.data(), probabilities.data(),
                                                  values.size(), policy, e);
        });
    }
    model_builder &output(std::string_view series, std::string_view file) {
        return add([&](auto *b, auto **e) {
            return flowtime_model_builder_add_output(b, series.data(), series.size(), file.data(), file.size(), e);
        });
    }
    model_builder &start(std::string_view start) {
        return add([&](auto *b, auto **e) {
            return flowtime_model_builder_set_start(b, start.data(), start.size(), e);
        });
    }
    model_builder &seed(std::uint64_t seed) {
        return add([&](auto *b, auto **e) { return flowtime_model_builder_set_seed(b, seed, e); });
    }
    model_builder &limit(flowtime_limit limit, std::uint64_t value) {
        return add([&](auto *b, auto **e) { return flowtime_model_builder_set_limit(b, limit, value, e); });
    }
    flowtime::model build() const {
        return flowtime::model(detail::made<flowtime_model>(
            [&](auto **out, auto **e) { return flowtime_model_builder_build(handle_.get(), out, e); }));
    }

private:
    template <class Call> model_builder &add(Call &&call) {
        detail::checked([&](auto **e) { return call(handle_.get(), e); });
        return *this;
    }
    detail::handle<flowtime_model_builder, flowtime_model_builder_free> handle_;
};

/// A model with parameters, which makes models.
class model_template {
public:
    explicit model_template(flowtime_template *handle) : handle_(handle) {}
    /// One that comes with the library; FLOWTIME_STATUS_NOT_FOUND when there is none of this id.
    static model_template shipped(std::string_view id) {
        return model_template(detail::made<flowtime_template>(
            [&](auto **out, auto **e) { return flowtime_template_shipped(id.data(), id.size(), out, e); }));
    }
    static model_template parse(std::string_view text, const parse_options &options = parse_options()) {
        return model_template(detail::made<flowtime_template>([&](auto **out, auto **e) {
            return flowtime_template_parse(text.data(), text.size(), options.get(), out, e);
        }));
    }
    std::string id() const { return detail::copied(flowtime_template_id(handle_.get())); }
    std::string version() const { return detail::copied(flowtime_template_version(handle_.get())); }
    /// The parameters as JSON Schema.
    std::string parameter_form() const {
        return detail::text(
            [&](auto **out, auto **e) { return flowtime_template_parameter_form(handle_.get(), out, e); });
    }
    /// A model for the values of a JSON object; the others have their defaults. `facts`, if it is given, receives a JSON
    /// object with the ids, the hashes, all parameters and the provenance.
    model generate(std::string_view parameters = {}, std::string_view name = {}, std::string_view generated_at = {},
                   std::string *facts = nullptr) const {
        flowtime_text *told = nullptr;
        auto *made = detail::made<flowtime_model>([&](auto **out, auto **e) {
            return flowtime_template_generate(handle_.get(), parameters.data(), parameters.size(), name.data(),
                                              name.size(), generated_at.data(), generated_at.size(), out,
                                              facts == nullptr ? nullptr : &told, e);
        });
        model result(made);
        if (facts != nullptr) {
            *facts = detail::taken(told);
        }
        return result;
    }
    const flowtime_template *get() const noexcept { return handle_.get(); }

private:
    detail::handle<flowtime_template, flowtime_template_free> handle_;
};

/// A run that is stored: what is known of it as JSON, and its series, unless an earlier run was taken.
struct stored_run {
    std::string json;
    std::optional<flowtime::run> run;
};

/// Models and runs in a folder. Answers are JSON.
class workspace {
public:
    /// Without a folder that which the environment names, else "./data".
    explicit workspace(std::string_view root = {})
        : handle_(detail::made<flowtime_workspace>(
              [&](auto **out, auto **e) { return flowtime_workspace_open(root.data(), root.size(), out, e); })) {}
    std::string put(const model &model, std::string_view labels = {}) const {
        return detail::text([&](auto **out, auto **e) {
            return flowtime_workspace_put_model(handle_.get(), model.get(), labels.data(), labels.size(), out, e);
        });
    }
    std::string list(std::string_view query = {}) const {
        return detail::text([&](auto **out, auto **e) {
            return flowtime_workspace_list(handle_.get(), query.data(), query.size(), out, e);
        });
    }
    std::string get(std::string_view reference) const {
        return detail::text([&](auto **out, auto **e) {
            return flowtime_workspace_get(handle_.get(), reference.data(), reference.size(), out, e);
        });
    }
    flowtime::model model(std::string_view reference) const {
        return flowtime::model(detail::made<flowtime_model>([&](auto **out, auto **e) {
            return flowtime_workspace_model(handle_.get(), reference.data(), reference.size(), out, e);
        }));
    }
    /// Runs a stored model and stores the run.
    stored_run run(std::string_view model_id, const run_options &options = run_options(), bool deterministic = false,
                   bool reuse = false) const {
        return run(model_id, nullptr, options, {}, deterministic, reuse);
    }
    /// Runs a model and stores the run; `provenance` is a JSON object, or the id of a stored model.
    stored_run run(const flowtime::model &model, const run_options &options = run_options(),
                   std::string_view provenance = {}, bool deterministic = false, bool reuse = false) const {
        return run({}, model.get(), options, provenance, deterministic, reuse);
    }
    std::string trace(std::string_view reference) const {
        return detail::text([&](auto **out, auto **e) {
            return flowtime_workspace_trace(handle_.get(), reference.data(), reference.size(), out, e);
        });
    }
    const flowtime_workspace *get() const noexcept { return handle_.get(); }

private:
    stored_run run(std::string_view model_id, const flowtime_model *model, const run_options &options,
                   std::string_view provenance, bool deterministic, bool reuse) const {
        flowtime_run *made = nullptr;
        std::string json = detail::text([&](auto **out, auto **e) {
            return flowtime_workspace_run(handle_.get(), model_id.data(), model_id.size(), model, options.get(),
                                          provenance.data(), provenance.size(), deterministic, reuse, &made, out, e);
        });
        if (made == nullptr) {
            return {std::move(json), std::nullopt};
        }
        return {std::move(json), flowtime::run(made)};
    }
    detail::handle<flowtime_workspace, flowtime_workspace_free> handle_;
};

/// Everything that can be found in a document, errors included.
inline std::vector<diagnostic> validate(std::string_view text, const parse_options &options = parse_options()) {
    detail::handle<flowtime_diagnostics, flowtime_diagnostics_free> list(
        detail::made<flowtime_diagnostics>([&](auto **out, auto **e) {
            return flowtime_validate(text.data(), text.size(), options.get(), out, e);
        }));
    return detail::copied(list.get());
}

/// A document in the present form.
struct migrated {
    std::string text;
    /// What was changed, a line each; empty when the document was up to date.
    std::string changes;
};

/// Rewrites the spellings of older documents; comments and layout stay.
inline migrated migrate(std::string_view text) {
    flowtime_text *changes = nullptr;
    std::string present = detail::text([&](auto **out, auto **e) {
        return flowtime_migrate(text.data(), text.size(), out, &changes, e);
    });
    return {std::move(present), detail::taken(changes)};
}

/// The JSON Schema of model documents.
inline std::string json_schema() {
    return detail::text([](auto **out, auto **e) { return flowtime_json_schema(out, e); });
}

/// The version of the library that is loaded; FLOWTIME_VERSION is that of the header.
inline std::string version() { return flowtime_version(); }

} // namespace flowtime

#endif // FLOWTIME_HPP
