// FlowTime for C++17: a thin layer over flowtime.h. Handles free themselves, statuses become exceptions,
// series are views. Everything is inline; the contract of flowtime.h holds.
#ifndef FLOWTIME_HPP
#define FLOWTIME_HPP

#include <flowtime.h>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
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

/// One problem, or remark, about a model.
struct diagnostic {
    std::string code;
    flowtime_severity severity;
    std::string message;
    std::string path;
    std::string help;
    flowtime_place place;
};

namespace detail {

inline std::vector<diagnostic> copied(const flowtime_diagnostics *list) {
    std::vector<diagnostic> all;
    for (std::size_t index = 0; index < flowtime_diagnostics_count(list); index++) {
        const flowtime_diagnostic *one = flowtime_diagnostics_at(list, index);
        all.push_back({std::string(view(flowtime_diagnostic_code(one))), flowtime_diagnostic_severity(one),
                       std::string(view(flowtime_diagnostic_message(one))),
                       std::string(view(flowtime_diagnostic_path(one))),
                       std::string(view(flowtime_diagnostic_help(one))), flowtime_diagnostic_place(one)});
    }
    return all;
}

} // namespace detail

/// A call that failed.
class error : public std::runtime_error {
public:
    error(flowtime_status status, std::string_view message, std::vector<flowtime::diagnostic> diagnostics)
        : std::runtime_error(std::string(message)), status_(status), diagnostics_(std::move(diagnostics)) {}
    flowtime_status status() const noexcept { return status_; }
    /// What is wrong with the model; empty when something else is wrong.
    const std::vector<flowtime::diagnostic> &diagnostics() const noexcept { return diagnostics_; }

private:
    flowtime_status status_;
    std::vector<flowtime::diagnostic> diagnostics_;
};

namespace detail {

/// Throws what a call says through the error object that it is given.
template <class Call> void checked(Call &&call) {
    flowtime_error *raw = nullptr;
    flowtime_status status = call(&raw);
    if (status != FLOWTIME_STATUS_OK) {
        handle<flowtime_error, flowtime_error_free> owner(raw);
        throw error(status, view(flowtime_error_message(raw)), copied(flowtime_error_diagnostics(raw)));
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
    return std::string(view(flowtime_text_view(text)));
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
    /// `progress` must not throw, as flowtime_progress says.
    run_options &progress(flowtime_progress progress, void *user_data) {
        return set([&](auto *o, auto **e) { return flowtime_run_options_set_progress(o, progress, user_data, e); });
    }
    const flowtime_run_options *get() const noexcept { return handle_.get(); }

private:
    template <class Call> run_options &set(Call &&call) {
        detail::checked([&](auto **e) { return call(handle_.get(), e); });
        return *this;
    }
    detail::handle<flowtime_run_options, flowtime_run_options_free> handle_;
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
    std::vector<std::string> warnings() const {
        const flowtime_warnings *list = flowtime_run_warnings(handle_.get());
        std::vector<std::string> all;
        for (std::size_t index = 0; index < flowtime_warnings_count(list); index++) {
            all.emplace_back(detail::view(flowtime_warnings_message(list, index)));
        }
        return all;
    }
    const flowtime_run *get() const noexcept { return handle_.get(); }

private:
    detail::handle<flowtime_run, flowtime_run_free> handle_;
};

/// Runs a plan again and again. One thread at a time.
class runner {
public:
    explicit runner(flowtime_runner *handle) : handle_(handle) {}
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
    flowtime_runner *get() const noexcept { return handle_.get(); }

private:
    detail::handle<flowtime_runner, flowtime_runner_free> handle_;
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
        return flowtime::runner(detail::made<flowtime_runner>(
            [&](auto **out, auto **e) { return flowtime_runner_new(handle_.get(), options.get(), out, e); }));
    }
    std::size_t bins() const noexcept { return flowtime_plan_bins(handle_.get()); }
    std::vector<std::string> nodes() const { return list(flowtime_plan_node_count, flowtime_plan_node_id); }
    std::vector<std::string> inputs() const { return list(flowtime_plan_input_count, flowtime_plan_input_id); }
    std::string describe() const {
        return detail::taken(detail::made<flowtime_text>(
            [&](auto **out, auto **e) { return flowtime_plan_describe(handle_.get(), out, e); }));
    }
    const flowtime_plan *get() const noexcept { return handle_.get(); }

private:
    template <class Count, class Id> std::vector<std::string> list(Count count, Id id) const {
        std::vector<std::string> all;
        for (std::size_t index = 0; index < count(handle_.get()); index++) {
            all.emplace_back(detail::view(id(handle_.get(), index)));
        }
        return all;
    }
    detail::handle<flowtime_plan, flowtime_plan_free> handle_;
};

/// What a document says.
class model {
public:
    explicit model(flowtime_model *handle) : handle_(handle) {}
    static model parse(std::string_view text) {
        return model(detail::made<flowtime_model>([&](auto **out, auto **e) {
            return flowtime_model_parse(text.data(), text.size(), nullptr, out, nullptr, e);
        }));
    }
    flowtime::plan compile() const {
        return flowtime::plan(detail::made<flowtime_plan>(
            [&](auto **out, auto **e) { return flowtime_model_compile(handle_.get(), out, e); }));
    }
    std::size_t bins() const noexcept { return flowtime_model_bins(handle_.get()); }
    std::string hash() const {
        return detail::taken(detail::made<flowtime_text>(
            [&](auto **out, auto **e) { return flowtime_model_hash(handle_.get(), out, e); }));
    }
    std::string to_yaml() const {
        return detail::taken(detail::made<flowtime_text>(
            [&](auto **out, auto **e) { return flowtime_model_to_yaml(handle_.get(), out, e); }));
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
            throw error(FLOWTIME_STATUS_INVALID_ARGUMENT, "there must be as many probabilities as values", {});
        }
        return add([&](auto *b, auto **e) {
            return flowtime_model_builder_add_pmf(b, id.data(), id.size(), values.data(), probabilities.data(),
                                                  values.size(), policy, e);
        });
    }
    model_builder &seed(std::uint64_t seed) {
        return add([&](auto *b, auto **e) { return flowtime_model_builder_set_seed(b, seed, e); });
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

/// Everything that can be found in a document, errors included.
inline std::vector<diagnostic> validate(std::string_view text) {
    detail::handle<flowtime_diagnostics, flowtime_diagnostics_free> list(
        detail::made<flowtime_diagnostics>([&](auto **out, auto **e) {
            return flowtime_validate(text.data(), text.size(), nullptr, out, e);
        }));
    return detail::copied(list.get());
}

} // namespace flowtime

#endif // FLOWTIME_HPP
