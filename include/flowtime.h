/* FlowTime: a modelling engine for service flows. The C interface of libflowtime.
 *
 * A model (a time grid and nodes) is compiled to a plan; a plan is run as often as wanted, from as many
 * threads as wanted; a run holds series, one number a bin. The same model, inputs and seed give the same
 * bits on every machine.
 *
 *     flowtime_model *model = NULL;
 *     flowtime_plan *plan = NULL;
 *     flowtime_run *run = NULL;
 *     flowtime_error *error = NULL;
 *     if (flowtime_model_parse_cstr(text, &model, &error) == FLOWTIME_STATUS_OK
 *         && flowtime_model_compile(model, &plan, &error) == FLOWTIME_STATUS_OK
 *         && flowtime_plan_run(plan, NULL, &run, &error) == FLOWTIME_STATUS_OK) {
 *         flowtime_series served;
 *         flowtime_run_series(run, "served", 6, &served, NULL);
 *     }
 *     flowtime_run_free(run);
 *     flowtime_plan_free(plan);
 *     flowtime_model_free(model);
 *     flowtime_error_free(error);
 *
 * THE CONTRACT
 *
 * Status    Whatever can fail returns a flowtime_status: 0 is success, 100 to 199 the call, 200 to 299 the
 *           model, 300 to 399 the work, 400 to 499 what is kept, 900 to 999 mistakes in the library. Numbers
 *           never change their meaning; a program must expect numbers that it does not know. Warnings are never
 *           a status.
 *           Functions that only read a handle return what they read, and say what NULL gives.
 * Errors    The last parameter, `out_error`, may be NULL. Otherwise a failing call stores a new error
 *           object there, which the caller frees; a call that succeeds leaves it alone. What it held
 *           before is not freed. There is no global "last error".
 * Results   Out-parameters come last and are written only on success; after a failure they are what they
 *           were. Those that are documented as "may be NULL" are skipped then.
 * Memory    A pointer to a handle that a function stores in an out-parameter is the caller's, to be freed
 *           by the function of that type, in any order: objects that need each other share what they need.
 *           A `const` pointer that a function returns, a flowtime_str and a flowtime_series are borrowed,
 *           and live as long as the object that they were read from. Freeing NULL is fine. Freeing twice,
 *           and using what was freed, is undefined. Memory is never handed to free() or taken from
 *           malloc().
 * NULL      Is an error (FLOWTIME_STATUS_NULL_ARGUMENT), or a default where a function says so, never a
 *           crash. A pointer with a length may be NULL when the length is 0.
 * Text      Is UTF-8, given by pointer and length in bytes, both ways; it may contain NULs, and does not
 *           end with one. Names that are not UTF-8 are FLOWTIME_STATUS_INVALID_UTF8. `_cstr` functions
 *           take or give text that ends with a NUL.
 * Enums     Go in as int32_t, so that any number is safe; unknown ones are
 *           FLOWTIME_STATUS_INVALID_ARGUMENT.
 * Numbers   NaN is a missing number. Infinities are refused as inputs, and may come out.
 * Threads   The library starts none, but that an ensemble works with as many as are asked for, and a workspace
 *           brings files to the disk in several; they end before the call does. Any number of threads may use
 *           one flowtime_model, flowtime_plan, flowtime_run, flowtime_ensemble, flowtime_sweep,
 *           flowtime_template, flowtime_workspace, flowtime_cancel, flowtime_error, flowtime_text
 *           and list at once. Builders,
 *           options and runners take one call at a time: a second one gets FLOWTIME_STATUS_IN_USE, it
 *           never waits. Objects may move between threads. No thread may use an object while another one
 *           frees it.
 * Callbacks Are called in the thread of the call that they were given to, during it. They must return
 *           normally: no exception and no longjmp may leave them.
 * Panics    A mistake in the engine becomes FLOWTIME_STATUS_PANIC; a builder, options or a runner that was
 *           being changed answers FLOWTIME_STATUS_POISONED from then on, everything else goes on. The
 *           line that appears on stderr then comes from the panic hook of the Rust runtime; the library
 *           itself prints nothing and installs no hook. Running out of memory ends the process.
 * Processes After fork() the child may use everything that no other thread was using. The library may be
 *           unloaded (dlclose) once nothing of it is in use.
 * Files     Only flowtime_workspace functions read and write files, below the root of the workspace. Any number
 *           of processes may use one root at once. Their answers are JSON, with the names that the files have;
 *           members may be added.
 * Floats    The library runs with the default rounding mode whatever the caller has set, and puts the
 *           caller's back.
 * ABI       FLOWTIME_ABI_VERSION, which is in the SONAME, changes when a program that was built with an
 *           older header can no longer use the library; while the version is 0.x, expect that with every
 *           minor version. Functions, status codes and enum values may be added without that.
 *           flowtime_str, flowtime_series and flowtime_place are frozen; all other types are opaque.
 */


#ifndef FLOWTIME_H
#define FLOWTIME_H

/* Generated by `make header` from flowtime-ffi/src. Do not edit. */

#include <stddef.h>
#include <stdint.h>

/** The version of this header; flowtime_version() is that of the library. */
#define FLOWTIME_VERSION "0.1.0"
#define FLOWTIME_VERSION_MAJOR 0
#define FLOWTIME_VERSION_MINOR 1
#define FLOWTIME_VERSION_PATCH 0

/** 1000000 * major + 1000 * minor + patch, as flowtime_version_number(). */
#define FLOWTIME_VERSION_NUMBER \
  (1000000 * FLOWTIME_VERSION_MAJOR + 1000 * FLOWTIME_VERSION_MINOR + FLOWTIME_VERSION_PATCH)

/** The version of the ABI, as flowtime_abi_version(). */
#define FLOWTIME_ABI_VERSION 0

/** The two arguments of the format "%.*s" for a flowtime_str, which is evaluated more than once. */
#define FLOWTIME_STR_ARGS(str) (int)(str).length, ((str).data == NULL ? "" : (str).data)


/**
 * How a call ended. The numbers never change; new ones may be added to a family.
 */
enum flowtime_status
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * The call did what it says. Warnings are never a status.
   */
  FLOWTIME_STATUS_OK = 0,
  /**
   * A pointer that is needed is NULL.
   */
  FLOWTIME_STATUS_NULL_ARGUMENT = 100,
  /**
   * An argument has a value that it cannot have: an unknown name or enum value, a wrong length,
   * an infinity.
   */
  FLOWTIME_STATUS_INVALID_ARGUMENT = 101,
  /**
   * A text is not UTF-8; the message and flowtime_error_offset() say where.
   */
  FLOWTIME_STATUS_INVALID_UTF8 = 102,
  /**
   * An index or the size of a buffer is out of range.
   */
  FLOWTIME_STATUS_OUT_OF_RANGE = 103,
  /**
   * The object is in use by another call, in another thread or in the caller of a callback.
   */
  FLOWTIME_STATUS_IN_USE = 104,
  /**
   * A panic left the object half done. It can only be freed.
   */
  FLOWTIME_STATUS_POISONED = 105,
  /**
   * The model has errors; flowtime_error_diagnostics() lists all of them.
   */
  FLOWTIME_STATUS_INVALID_MODEL = 200,
  /**
   * The work would exceed a limit.
   */
  FLOWTIME_STATUS_LIMIT_EXCEEDED = 300,
  /**
   * The run was asked to stop.
   */
  FLOWTIME_STATUS_CANCELLED = 301,
  /**
   * There is no template, artifact or file of that name; the message says what may have been meant.
   */
  FLOWTIME_STATUS_NOT_FOUND = 400,
  /**
   * Something else has that id or version, or something that was to go is in use.
   */
  FLOWTIME_STATUS_CONFLICT = 401,
  /**
   * Stored bytes are not those that were written.
   */
  FLOWTIME_STATUS_INTEGRITY = 402,
  /**
   * The system would not store or read something.
   */
  FLOWTIME_STATUS_STORAGE = 403,
  /**
   * The engine panicked. The call had no effect; objects that it was changing are poisoned.
   */
  FLOWTIME_STATUS_PANIC = 900,
  /**
   * Something that this version of the C interface has no number for.
   */
  FLOWTIME_STATUS_INTERNAL = 901,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum flowtime_status flowtime_status;
#else
typedef int32_t flowtime_status;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * How bad a diagnostic is.
 */
enum flowtime_severity
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * There is none: the diagnostic was NULL.
   */
  FLOWTIME_SEVERITY_NONE = 0,
  /**
   * Worth knowing.
   */
  FLOWTIME_SEVERITY_INFO = 1,
  /**
   * Probably not what was meant; the model still runs.
   */
  FLOWTIME_SEVERITY_WARNING = 2,
  /**
   * The model cannot be used.
   */
  FLOWTIME_SEVERITY_ERROR = 3,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum flowtime_severity flowtime_severity;
#else
typedef int32_t flowtime_severity;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * The unit of a bin's size. Functions take it as int32_t, and refuse other numbers.
 */
enum flowtime_bin_unit
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * There is none: the handle was NULL.
   */
  FLOWTIME_BIN_UNIT_NONE = 0,
  /**
   * 1 minute.
   */
  FLOWTIME_BIN_UNIT_MINUTES = 1,
  /**
   * 60 minutes.
   */
  FLOWTIME_BIN_UNIT_HOURS = 2,
  /**
   * 1440 minutes.
   */
  FLOWTIME_BIN_UNIT_DAYS = 3,
  /**
   * 10080 minutes.
   */
  FLOWTIME_BIN_UNIT_WEEKS = 4,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum flowtime_bin_unit flowtime_bin_unit;
#else
typedef int32_t flowtime_bin_unit;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What a node's series is made of.
 */
enum flowtime_node_kind
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * There is no such node.
   */
  FLOWTIME_NODE_KIND_NONE = 0,
  /**
   * Given numbers.
   */
  FLOWTIME_NODE_KIND_CONST = 1,
  /**
   * A formula over other series.
   */
  FLOWTIME_NODE_KIND_EXPR = 2,
  /**
   * A probability mass function.
   */
  FLOWTIME_NODE_KIND_PMF = 3,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum flowtime_node_kind flowtime_node_kind;
#else
typedef int32_t flowtime_node_kind;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What can be limited. Functions take it as int32_t, and refuse other numbers.
 */
enum flowtime_limit
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Bytes of a document.
   */
  FLOWTIME_LIMIT_DOCUMENT_BYTES = 1,
  /**
   * YAML nodes that aliases may expand to.
   */
  FLOWTIME_LIMIT_ALIAS_EXPANSION = 2,
  /**
   * Nesting of YAML collections.
   */
  FLOWTIME_LIMIT_YAML_DEPTH = 3,
  /**
   * Nodes of a model.
   */
  FLOWTIME_LIMIT_NODES = 4,
  /**
   * Bins of a grid.
   */
  FLOWTIME_LIMIT_BINS = 5,
  /**
   * Bytes of one expression.
   */
  FLOWTIME_LIMIT_EXPRESSION_BYTES = 6,
  /**
   * Nested parentheses, calls and unary signs of an expression.
   */
  FLOWTIME_LIMIT_EXPRESSION_DEPTH = 7,
  /**
   * Entries of a CONV kernel.
   */
  FLOWTIME_LIMIT_KERNEL_ENTRIES = 8,
  /**
   * Bytes of the series that a run keeps.
   */
  FLOWTIME_LIMIT_RESULT_BYTES = 9,
  /**
   * Estimated operations of a run.
   */
  FLOWTIME_LIMIT_OPERATIONS = 10,
  /**
   * Bytes of all expressions of a model together.
   */
  FLOWTIME_LIMIT_FORMULA_BYTES = 11,
  /**
   * Bytes that an ensemble may work with before it takes its scenarios in parts.
   */
  FLOWTIME_LIMIT_WORKING_BYTES = 12,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum flowtime_limit flowtime_limit;
#else
typedef int32_t flowtime_limit;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * How a const node's numbers are laid over the grid. Functions take it as int32_t, and refuse other
 * numbers.
 */
enum flowtime_const_policy
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * As the language says when a model names no policy.
   */
  FLOWTIME_CONST_POLICY_DEFAULT = 0,
  /**
   * Laid end to end.
   */
  FLOWTIME_CONST_POLICY_REPEAT = 1,
  /**
   * Each number held for bins / length bins.
   */
  FLOWTIME_CONST_POLICY_STRETCH = 2,
  /**
   * There must be one number a bin.
   */
  FLOWTIME_CONST_POLICY_ERROR = 3,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum flowtime_const_policy flowtime_const_policy;
#else
typedef int32_t flowtime_const_policy;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * How a probability mass function becomes a series. Functions take it as int32_t, and refuse other
 * numbers.
 */
enum flowtime_pmf_policy
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * As the language says when a model names no policy: one draw a bin.
   */
  FLOWTIME_PMF_POLICY_DEFAULT = 0,
  /**
   * One draw a bin.
   */
  FLOWTIME_PMF_POLICY_SAMPLE = 1,
  /**
   * The mean in every bin.
   */
  FLOWTIME_PMF_POLICY_EXPECTED = 2,
  /**
   * The values laid end to end; the probabilities are not used.
   */
  FLOWTIME_PMF_POLICY_REPEAT = 3,
  /**
   * The values in order, one a bin; the probabilities are not used.
   */
  FLOWTIME_PMF_POLICY_ERROR = 4,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum flowtime_pmf_policy flowtime_pmf_policy;
#else
typedef int32_t flowtime_pmf_policy;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * How many numbers a bound input takes. Functions take it as int32_t, and refuse other numbers.
 */
enum flowtime_input_shape
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * One number, for every bin.
   */
  FLOWTIME_INPUT_SHAPE_NUMBER = 1,
  /**
   * One number a bin.
   */
  FLOWTIME_INPUT_SHAPE_SERIES = 2,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum flowtime_input_shape flowtime_input_shape;
#else
typedef int32_t flowtime_input_shape;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * A statistic of a series in each bin, over the scenarios. Functions take it as int32_t, and refuse other
 * numbers. Quantiles have functions of their own.
 */
enum flowtime_statistic
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * The arithmetic mean.
   */
  FLOWTIME_STATISTIC_MEAN = 1,
  /**
   * The standard deviation, with one degree of freedom less than there are values.
   */
  FLOWTIME_STATISTIC_DEVIATION = 2,
  /**
   * The smallest value.
   */
  FLOWTIME_STATISTIC_MINIMUM = 3,
  /**
   * The greatest value.
   */
  FLOWTIME_STATISTIC_MAXIMUM = 4,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum flowtime_statistic flowtime_statistic;
#else
typedef int32_t flowtime_statistic;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * A number that sums up the series of one scenario; a missing value in it makes it missing, if not said
 * otherwise. Functions take it as int32_t with a threshold, which is read where the name says so.
 */
enum flowtime_measure
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * The greatest value.
   */
  FLOWTIME_MEASURE_MAXIMUM = 1,
  /**
   * The smallest value.
   */
  FLOWTIME_MEASURE_MINIMUM = 2,
  /**
   * The sum over the bins.
   */
  FLOWTIME_MEASURE_TOTAL = 3,
  /**
   * The mean over the bins.
   */
  FLOWTIME_MEASURE_MEAN = 4,
  /**
   * The value in the last bin.
   */
  FLOWTIME_MEASURE_LAST = 5,
  /**
   * The first bin above the threshold; NaN if there is none. Missing values are above nothing.
   */
  FLOWTIME_MEASURE_FIRST_ABOVE = 6,
  /**
   * The number of bins above the threshold. Missing values are above nothing.
   */
  FLOWTIME_MEASURE_BINS_ABOVE = 7,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum flowtime_measure flowtime_measure;
#else
typedef int32_t flowtime_measure;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * How the numbers of swept inputs make points. Functions take it as int32_t, and refuse other numbers.
 */
enum flowtime_sweep_shape
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Point n has the n-th number of each input; all have equally many.
   */
  FLOWTIME_SWEEP_SHAPE_TABLE = 1,
  /**
   * Every combination is a point; the numbers of the input that was added last change fastest.
   */
  FLOWTIME_SWEEP_SHAPE_GRID = 2,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum flowtime_sweep_shape flowtime_sweep_shape;
#else
typedef int32_t flowtime_sweep_shape;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * Asks runs to stop, from any thread. Options that know of it share the request, so that it may be
 * freed at any time.
 */
typedef struct flowtime_cancel flowtime_cancel;

/**
 * One problem, or remark, about a model. It belongs to its list.
 */
typedef struct flowtime_diagnostic flowtime_diagnostic;

/**
 * A list of diagnostics, in the order of the document.
 */
typedef struct flowtime_diagnostics flowtime_diagnostics;

/**
 * The statistics of many scenarios: immutable, for use from any number of threads.
 */
typedef struct flowtime_ensemble flowtime_ensemble;

/**
 * How an ensemble is run. Calls that take options copy what they need; the options can be changed or freed
 * afterwards.
 */
typedef struct flowtime_ensemble_options flowtime_ensemble_options;

/**
 * Why a call failed. Free it with flowtime_error_free(); it does not refer to anything else.
 */
typedef struct flowtime_error flowtime_error;

/**
 * What a document says: immutable, for use from any number of threads.
 */
typedef struct flowtime_model flowtime_model;

/**
 * Builds a model without a document. Everything is checked by flowtime_model_builder_build().
 */
typedef struct flowtime_model_builder flowtime_model_builder;

/**
 * How documents are read.
 */
typedef struct flowtime_parse_options flowtime_parse_options;

/**
 * A compiled model: immutable, run as often as wanted from as many threads as wanted.
 */
typedef struct flowtime_plan flowtime_plan;

/**
 * The series of one run: immutable, for use from any number of threads.
 */
typedef struct flowtime_run flowtime_run;

/**
 * How a plan is run. Calls that take options copy what they need; the options can be changed or freed
 * afterwards.
 */
typedef struct flowtime_run_options flowtime_run_options;

/**
 * Runs a plan again and again. One call at a time: give each thread its own.
 */
typedef struct flowtime_runner flowtime_runner;

/**
 * An ensemble for each point, all with the same seeds: immutable, for use from any number of threads.
 */
typedef struct flowtime_sweep flowtime_sweep;

/**
 * The inputs of a sweep and their numbers.
 */
typedef struct flowtime_sweep_inputs flowtime_sweep_inputs;

/**
 * A model with parameters: immutable, for use from any number of threads.
 */
typedef struct flowtime_template flowtime_template;

/**
 * A text that the caller owns. Free it with flowtime_text_free().
 */
typedef struct flowtime_text flowtime_text;

/**
 * Where a flowtime_resolve function puts the numbers of a source.
 */
typedef struct flowtime_values flowtime_values;

/**
 * The warnings of a run: nodes that divided by zero, which gives 0, in the order of the model.
 */
typedef struct flowtime_warnings flowtime_warnings;

/**
 * Models and runs in a folder: for use from any number of threads, and the folder by any number of processes.
 */
typedef struct flowtime_workspace flowtime_workspace;

/**
 * A borrowed text: UTF-8, not ended by a NUL. It lives as long as what it was read from. NULL and
 * 0 where there is no text. This struct is frozen.
 */
typedef struct {
  /**
   * The first byte, or NULL.
   */
  const char *data;
  /**
   * How many bytes.
   */
  size_t length;
} flowtime_str;

/**
 * A place in a document. Lines and columns count from 1, columns in characters; bytes count from 0.
 * All are 0 where there is no place, as in models that were built in code. This struct is frozen.
 */
typedef struct {
  /**
   * The line of the first character, from 1.
   */
  size_t line;
  /**
   * The column of the first character, from 1.
   */
  size_t column;
  /**
   * The line of the character after the last.
   */
  size_t end_line;
  /**
   * The column of the character after the last.
   */
  size_t end_column;
  /**
   * The first byte.
   */
  size_t start;
  /**
   * The byte after the last.
   */
  size_t end;
} flowtime_place;

/**
 * A borrowed list of numbers. It lives as long as what it was read from. NULL and 0 where there is
 * none. This struct is frozen.
 */
typedef struct {
  /**
   * The first number, or NULL.
   */
  const double *data;
  /**
   * How many numbers.
   */
  size_t length;
} flowtime_series;

/**
 * Supplies the numbers of one source: calls flowtime_values_set() or flowtime_values_fail() on `values`,
 * which lives until it returns. Runs in the thread of the call; it must return normally (no exception,
 * no longjmp).
 */
typedef void (*flowtime_resolve)(void *user_data, flowtime_str source, flowtime_values *values);

/**
 * What is called during a run with the part of the work that is done, from 0 to 1, in the thread of the
 * call: at the first report, at most twenty times a second after it (and about a thousand times in all),
 * and when all is done. It returns 0 to go on; anything else ends the run with FLOWTIME_STATUS_CANCELLED.
 * It must return normally (no exception, no longjmp). It may call the library, but not with the objects of
 * the call that it is called from, flowtime_cancel excepted.
 */
typedef int32_t (*flowtime_progress)(double done, void *user_data);

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/* ---- Versions, for comparison with the macros of the header. ---- */

/**
 * The version of the library that is loaded, as FLOWTIME_VERSION is of the header. Static, with a NUL
 * at its end.
 */
const char *flowtime_version(void);

/**
 * The version as a number: 1000000 * major + 1000 * minor + patch, as FLOWTIME_VERSION_NUMBER.
 */
uint32_t flowtime_version_number(void);

/**
 * The version of the ABI, as FLOWTIME_ABI_VERSION: compare the two before anything else when the
 * library is loaded at run time.
 */
uint32_t flowtime_abi_version(void);

/* ---- Status codes by name. ---- */

/**
 * The name of a status for people, such as "invalid model"; "unknown" for other numbers. Static,
 * with a NUL at its end.
 */
const char *flowtime_status_name(int32_t status);

/* ---- Text: borrowed views, and texts that the caller owns. ---- */

/**
 * The text as a view, which lives as long as the object.
 */
flowtime_str flowtime_text_view(const flowtime_text *text);

/**
 * The text with a NUL at its end, which lives as long as the object; "" for NULL. A text that has a
 * NUL inside ends there for functions that look for one.
 */
const char *flowtime_text_cstr(const flowtime_text *text);

/**
 * Frees a text. NULL is fine.
 */
void flowtime_text_free(flowtime_text *text);

/* ---- Error objects. ---- */

/**
 * The status that the call returned; FLOWTIME_STATUS_OK for NULL.
 */
flowtime_status flowtime_error_status(const flowtime_error *error);

/**
 * What went wrong, for people: one line for a wrong call, a listing with the places in the document
 * for an invalid model. Lives as long as the error.
 */
flowtime_str flowtime_error_message(const flowtime_error *error);

/**
 * The first byte that is not UTF-8 of FLOWTIME_STATUS_INVALID_UTF8; SIZE_MAX for everything else.
 */
size_t flowtime_error_offset(const flowtime_error *error);

/**
 * Everything that is wrong with the model, warnings included, in the order of the document; empty
 * unless the status is FLOWTIME_STATUS_INVALID_MODEL, or FLOWTIME_STATUS_INVALID_ARGUMENT for parameters of a
 * template. Lives as long as the error; NULL for NULL.
 */
const flowtime_diagnostics *flowtime_error_diagnostics(const flowtime_error *error);

/**
 * Frees an error. NULL is fine.
 */
void flowtime_error_free(flowtime_error *error);

/* ---- Diagnostics: what was found in a model, as data. ---- */

/**
 * How many there are.
 */
size_t flowtime_diagnostics_count(const flowtime_diagnostics *diagnostics);

/**
 * How many of them are errors. A model with none can be used.
 */
size_t flowtime_diagnostics_error_count(const flowtime_diagnostics *diagnostics);

/**
 * Diagnostic number `index`, which lives as long as the list; NULL past the last.
 */
const flowtime_diagnostic *flowtime_diagnostics_at(const flowtime_diagnostics *diagnostics,
                                                   size_t index);

/**
 * All of them as text for people, with the lines of the document underlined; `coloured` is 1 for ANSI
 * colours, 0 for none. At most 100 are shown; the last line counts all.
 */
flowtime_status flowtime_diagnostics_render(const flowtime_diagnostics *diagnostics,
                                            int32_t coloured,
                                            flowtime_text **out_text,
                                            flowtime_error **out_error);

/**
 * All of them as a JSON array of objects with the members code, severity, message, path, line, column,
 * end_line, end_column, help and labels.
 */
flowtime_status flowtime_diagnostics_json(const flowtime_diagnostics *diagnostics,
                                          flowtime_text **out_text,
                                          flowtime_error **out_error);

/**
 * Frees a list that a function gave out. NULL is fine. The list of an error belongs to the error.
 */
void flowtime_diagnostics_free(flowtime_diagnostics *diagnostics);

/**
 * The code, such as "FT0002"; a code never changes its meaning.
 */
flowtime_str flowtime_diagnostic_code(const flowtime_diagnostic *diagnostic);

/**
 * The number of the code: 2 for "FT0002"; 0 for NULL.
 */
uint32_t flowtime_diagnostic_number(const flowtime_diagnostic *diagnostic);

/**
 * The name of the code, such as "not-a-mapping".
 */
flowtime_str flowtime_diagnostic_name(const flowtime_diagnostic *diagnostic);

/**
 * How bad it is.
 */
flowtime_severity flowtime_diagnostic_severity(const flowtime_diagnostic *diagnostic);

/**
 * What was found and what was expected, in one sentence.
 */
flowtime_str flowtime_diagnostic_message(const flowtime_diagnostic *diagnostic);

/**
 * Where in the document, as a JSON pointer such as "/nodes/3/expr"; empty for the document itself.
 */
flowtime_str flowtime_diagnostic_path(const flowtime_diagnostic *diagnostic);

/**
 * What to do about it; NULL and 0 where there is nothing to say.
 */
flowtime_str flowtime_diagnostic_help(const flowtime_diagnostic *diagnostic);

/**
 * Where in the text.
 */
flowtime_place flowtime_diagnostic_place(const flowtime_diagnostic *diagnostic);

/**
 * How many further places belong to it, such as the first of two duplicates.
 */
size_t flowtime_diagnostic_label_count(const flowtime_diagnostic *diagnostic);

/**
 * What there is to see at a further place.
 */
flowtime_str flowtime_diagnostic_label_message(const flowtime_diagnostic *diagnostic, size_t index);

/**
 * Where a further place is.
 */
flowtime_place flowtime_diagnostic_label_place(const flowtime_diagnostic *diagnostic, size_t index);

/* ---- Documents: reading, checking, rewriting. ---- */

/**
 * Makes options with the defaults.
 */
flowtime_status flowtime_parse_options_new(flowtime_parse_options **out_options,
                                           flowtime_error **out_error);

/**
 * Sets the name of the document in messages, usually a file's path. Default "model".
 */
flowtime_status flowtime_parse_options_set_name(flowtime_parse_options *options,
                                                const char *name,
                                                size_t name_length,
                                                flowtime_error **out_error);

/**
 * Takes reserved sections (topology, classes, traffic, window) with a warning instead of an error:
 * 1 or 0. Default 0.
 */
flowtime_status flowtime_parse_options_set_ignore_reserved(flowtime_parse_options *options,
                                                           int32_t ignore,
                                                           flowtime_error **out_error);

/**
 * Sets a limit, one of flowtime_limit.
 */
flowtime_status flowtime_parse_options_set_limit(flowtime_parse_options *options,
                                                 int32_t limit,
                                                 uint64_t value,
                                                 flowtime_error **out_error);

/**
 * Frees options. NULL is fine.
 */
void flowtime_parse_options_free(flowtime_parse_options *options);

/**
 * Reads a model from the bytes of a YAML document.
 *
 * `options` may be NULL. `out_warnings` may be NULL; otherwise it receives the warnings, which may be
 * none. FLOWTIME_STATUS_INVALID_MODEL, with everything that is wrong, when the document has errors;
 * bytes that are not UTF-8 are one of them.
 */
flowtime_status flowtime_model_parse(const char *text,
                                     size_t text_length,
                                     const flowtime_parse_options *options,
                                     flowtime_model **out_model,
                                     flowtime_diagnostics **out_warnings,
                                     flowtime_error **out_error);

/**
 * As flowtime_model_parse(), from a text that ends with a NUL, with the default options and without
 * the warnings.
 */
flowtime_status flowtime_model_parse_cstr(const char *text,
                                          flowtime_model **out_model,
                                          flowtime_error **out_error);

/**
 * Checks a document completely, names and loops included, and gives everything that was found: none,
 * remarks, or errors. FLOWTIME_STATUS_OK says that it was checked, not that it is good;
 * flowtime_diagnostics_error_count() tells. `options` may be NULL.
 */
flowtime_status flowtime_validate(const char *text,
                                  size_t text_length,
                                  const flowtime_parse_options *options,
                                  flowtime_diagnostics **out_diagnostics,
                                  flowtime_error **out_error);

/**
 * Rewrites the spellings of older documents to the present form; comments and layout stay.
 *
 * `out_changes` may be NULL; otherwise it receives what was changed, a line each, and is empty when the
 * document was up to date.
 */
flowtime_status flowtime_migrate(const char *text,
                                 size_t text_length,
                                 flowtime_text **out_text,
                                 flowtime_text **out_changes,
                                 flowtime_error **out_error);

/**
 * The JSON Schema of model documents.
 */
flowtime_status flowtime_json_schema(flowtime_text **out_text, flowtime_error **out_error);

/* ---- Models: what a document says. ---- */

/**
 * The number of bins; 0 for NULL.
 */
size_t flowtime_model_bins(const flowtime_model *model);

/**
 * The size of a bin in units; 0 for NULL.
 */
uint32_t flowtime_model_bin_size(const flowtime_model *model);

/**
 * The unit of a bin's size.
 */
flowtime_bin_unit flowtime_model_bin_unit(const flowtime_model *model);

/**
 * How many minutes a bin lasts; 0 for NULL.
 */
uint64_t flowtime_model_bin_minutes(const flowtime_model *model);

/**
 * The start of bin 0 as the document says it; NULL and 0 where it does not.
 */
flowtime_str flowtime_model_start(const flowtime_model *model);

/**
 * The time at which bin `bin` starts, as "2026-01-05T00:00:00Z"; the bin after the last is the end.
 * FLOWTIME_STATUS_OUT_OF_RANGE beyond that and for models without a start.
 */
flowtime_status flowtime_model_bin_start(const flowtime_model *model,
                                         size_t bin,
                                         flowtime_text **out_text,
                                         flowtime_error **out_error);

/**
 * The title that the metadata gives; NULL and 0 where there is none.
 */
flowtime_str flowtime_model_title(const flowtime_model *model);

/**
 * The seed that the document gives; -1 where there is none.
 */
int64_t flowtime_model_seed(const flowtime_model *model);

/**
 * How many nodes there are.
 */
size_t flowtime_model_node_count(const flowtime_model *model);

/**
 * The position of the node called `id`; SIZE_MAX if there is none.
 */
size_t flowtime_model_find(const flowtime_model *model, const char *id, size_t id_length);

/**
 * The id of a node; NULL and 0 past the last.
 */
flowtime_str flowtime_model_node_id(const flowtime_model *model, size_t index);

/**
 * What a node is made of.
 */
flowtime_node_kind flowtime_model_node_kind(const flowtime_model *model, size_t index);

/**
 * The unit of a node's numbers, for people; NULL and 0 where the model says none.
 */
flowtime_str flowtime_model_node_unit(const flowtime_model *model, size_t index);

/**
 * What a node is, for people; NULL and 0 where the model does not say.
 */
flowtime_str flowtime_model_node_description(const flowtime_model *model, size_t index);

/**
 * The formula of an expr node as written; NULL and 0 for others.
 */
flowtime_str flowtime_model_node_expr(const flowtime_model *model, size_t index);

/**
 * The numbers of a const node as written, before they are laid over the grid, or the values of a pmf
 * node; NULL and 0 for others.
 */
flowtime_series flowtime_model_node_values(const flowtime_model *model,
                                           size_t index);

/**
 * The probabilities of a pmf node, which add up to 1; NULL and 0 for others.
 */
flowtime_series flowtime_model_node_probabilities(const flowtime_model *model, size_t index);

/**
 * The policy of a const node (flowtime_const_policy) or of a pmf node (flowtime_pmf_policy); 0 where
 * there is none.
 */
int32_t flowtime_model_node_policy(const flowtime_model *model,
                                   size_t index);

/**
 * Where the numbers of a const node come from, as "file.csv#column"; NULL and 0 where the document has
 * them itself.
 */
flowtime_str flowtime_model_node_source(const flowtime_model *model,
                                        size_t index);

/**
 * The hash of everything that the model computes; descriptions, units, metadata and provenance do not
 * count.
 */
flowtime_status flowtime_model_hash(const flowtime_model *model,
                                    flowtime_text **out_text,
                                    flowtime_error **out_error);

/**
 * The hash of the grid and the nodes alone, whatever is written out and however seeded.
 */
flowtime_status flowtime_model_logic_hash(const flowtime_model *model,
                                          flowtime_text **out_text,
                                          flowtime_error **out_error);

/**
 * The model as a YAML document; read again, it is an equal model.
 */
flowtime_status flowtime_model_to_yaml(const flowtime_model *model,
                                       flowtime_text **out_text,
                                       flowtime_error **out_error);

/**
 * A new model with the numbers that the sources of this one name: `resolve` is asked once for each
 * const node with a source that has no numbers yet. The library reads no files itself.
 *
 * `out_warnings` may be NULL. FLOWTIME_STATUS_INVALID_MODEL with a diagnostic for each source that failed,
 * has an infinity, or does not fit the grid.
 */
flowtime_status flowtime_model_resolve_sources(const flowtime_model *model,
                                               flowtime_resolve resolve,
                                               void *user_data,
                                               flowtime_model **out_model,
                                               flowtime_diagnostics **out_warnings,
                                               flowtime_error **out_error);

/**
 * Gives the numbers of a source, which are copied; NaN is a missing number.
 */
flowtime_status flowtime_values_set(flowtime_values *values,
                                    const double *numbers,
                                    size_t length,
                                    flowtime_error **out_error);

/**
 * Says why there are no numbers, in lower case, such as "no file `load.csv` beside the model".
 */
flowtime_status flowtime_values_fail(flowtime_values *values,
                                     const char *message,
                                     size_t message_length,
                                     flowtime_error **out_error);

/**
 * Frees a model. NULL is fine. Plans that were made of it go on.
 */
void flowtime_model_free(flowtime_model *model);

/* ---- What documents say besides the model: free values, as JSON. ---- */

/**
 * The metadata of the model as JSON, with sorted names and without white space; "null" where the document
 * has none.
 */
flowtime_status flowtime_model_metadata_json(const flowtime_model *model,
                                             flowtime_text **out_text,
                                             flowtime_error **out_error);

/**
 * Where the model comes from, as its document says it, in the form of flowtime_model_metadata_json().
 */
flowtime_status flowtime_model_provenance_json(const flowtime_model *model,
                                               flowtime_text **out_text,
                                               flowtime_error **out_error);

/**
 * The metadata of a node, in the form of flowtime_model_metadata_json(); FLOWTIME_STATUS_OUT_OF_RANGE past
 * the last.
 */
flowtime_status flowtime_model_node_metadata_json(const flowtime_model *model,
                                                  size_t index,
                                                  flowtime_text **out_text,
                                                  flowtime_error **out_error);

/* ---- Models put together in code. ---- */

/**
 * Begins a model on a grid of `bins` bins, each `bin_size` times `bin_unit` (a flowtime_bin_unit) long.
 */
flowtime_status flowtime_model_builder_new(size_t bins,
                                           uint32_t bin_size,
                                           int32_t bin_unit,
                                           flowtime_model_builder **out_builder,
                                           flowtime_error **out_error);

/**
 * Says when bin 0 starts, in UTC: "2026-01-05T00:00:00Z".
 */
flowtime_status flowtime_model_builder_set_start(flowtime_model_builder *builder,
                                                 const char *start,
                                                 size_t start_length,
                                                 flowtime_error **out_error);

/**
 * Says what the random numbers start from, 0 to 2147483647.
 */
flowtime_status flowtime_model_builder_set_seed(flowtime_model_builder *builder,
                                                uint64_t seed,
                                                flowtime_error **out_error);

/**
 * Sets a limit, one of flowtime_limit.
 */
flowtime_status flowtime_model_builder_set_limit(flowtime_model_builder *builder,
                                                 int32_t limit,
                                                 uint64_t value,
                                                 flowtime_error **out_error);

/**
 * Adds a const node that is the same number in every bin.
 */
flowtime_status flowtime_model_builder_add_number(flowtime_model_builder *builder,
                                                  const char *id,
                                                  size_t id_length,
                                                  double number,
                                                  flowtime_error **out_error);

/**
 * Adds a const node of several numbers, which are copied and laid over the grid as `policy` (a
 * flowtime_const_policy) says; NaN is a missing number.
 */
flowtime_status flowtime_model_builder_add_series(flowtime_model_builder *builder,
                                                  const char *id,
                                                  size_t id_length,
                                                  const double *values,
                                                  size_t values_length,
                                                  int32_t policy,
                                                  flowtime_error **out_error);

/**
 * Adds a formula over other nodes.
 */
flowtime_status flowtime_model_builder_add_expr(flowtime_model_builder *builder,
                                                const char *id,
                                                size_t id_length,
                                                const char *expr,
                                                size_t expr_length,
                                                flowtime_error **out_error);

/**
 * Adds a probability mass function: `length` values and as many probabilities, which are copied, and how
 * it becomes a series (a flowtime_pmf_policy).
 */
flowtime_status flowtime_model_builder_add_pmf(flowtime_model_builder *builder,
                                               const char *id,
                                               size_t id_length,
                                               const double *values,
                                               const double *probabilities,
                                               size_t length,
                                               int32_t policy,
                                               flowtime_error **out_error);

/**
 * Writes a series to a file when hosts write files; without any output, every node is written.
 */
flowtime_status flowtime_model_builder_add_output(flowtime_model_builder *builder,
                                                  const char *series,
                                                  size_t series_length,
                                                  const char *file,
                                                  size_t file_length,
                                                  flowtime_error **out_error);

/**
 * The model, if nothing is wrong with it. The builder stays as it is, and can be built upon.
 */
flowtime_status flowtime_model_builder_build(const flowtime_model_builder *builder,
                                             flowtime_model **out_model,
                                             flowtime_error **out_error);

/**
 * Frees a builder. NULL is fine. Models that it built go on.
 */
void flowtime_model_builder_free(flowtime_model_builder *builder);

/* ---- Plans: compiled models. ---- */

/**
 * Compiles a model. FLOWTIME_STATUS_INVALID_MODEL with every unknown name, every loop without a result,
 * and every source that was not resolved.
 */
flowtime_status flowtime_model_compile(const flowtime_model *model,
                                       flowtime_plan **out_plan,
                                       flowtime_error **out_error);

/**
 * Runs the plan once. `options` may be NULL.
 *
 * FLOWTIME_STATUS_INVALID_ARGUMENT for unknown names, expressions given as inputs, wrong lengths,
 * infinities and seeds over 2^53 - 1; FLOWTIME_STATUS_LIMIT_EXCEEDED; FLOWTIME_STATUS_CANCELLED.
 */
flowtime_status flowtime_plan_run(const flowtime_plan *plan,
                                  const flowtime_run_options *options,
                                  flowtime_run **out_run,
                                  flowtime_error **out_error);

/**
 * What would be computed, for people: the order, the loops, the memory.
 */
flowtime_status flowtime_plan_describe(const flowtime_plan *plan,
                                       flowtime_text **out_text,
                                       flowtime_error **out_error);

/**
 * The number of bins; 0 for NULL.
 */
size_t flowtime_plan_bins(const flowtime_plan *plan);

/**
 * The size of a bin in units; 0 for NULL.
 */
uint32_t flowtime_plan_bin_size(const flowtime_plan *plan);

/**
 * The unit of a bin's size.
 */
flowtime_bin_unit flowtime_plan_bin_unit(const flowtime_plan *plan);

/**
 * The model's own seed; -1 where it names none.
 */
int64_t flowtime_plan_seed(const flowtime_plan *plan);

/**
 * How many nodes there are.
 */
size_t flowtime_plan_node_count(const flowtime_plan *plan);

/**
 * The position of the node called `id`; SIZE_MAX if there is none.
 */
size_t flowtime_plan_find(const flowtime_plan *plan, const char *id, size_t id_length);

/**
 * The id of a node, in the order of the model; NULL and 0 past the last.
 */
flowtime_str flowtime_plan_node_id(const flowtime_plan *plan, size_t index);

/**
 * What a node is made of.
 */
flowtime_node_kind flowtime_plan_node_kind(const flowtime_plan *plan, size_t index);

/**
 * The unit of a node's numbers; NULL and 0 where the model says none.
 */
flowtime_str flowtime_plan_node_unit(const flowtime_plan *plan, size_t index);

/**
 * May a run replace the node? 1 for const and pmf nodes, 0 for others.
 */
int32_t flowtime_plan_node_is_input(const flowtime_plan *plan, size_t index);

/**
 * How many nodes a run may replace.
 */
size_t flowtime_plan_input_count(const flowtime_plan *plan);

/**
 * The id of a node that a run may replace; NULL and 0 past the last.
 */
flowtime_str flowtime_plan_input_id(const flowtime_plan *plan, size_t index);

/**
 * How many series hosts write out.
 */
size_t flowtime_plan_output_count(const flowtime_plan *plan);

/**
 * The id of a series that hosts write out; NULL and 0 past the last.
 */
flowtime_str flowtime_plan_output_id(const flowtime_plan *plan, size_t index);

/**
 * The file name of a series that hosts write out; NULL and 0 past the last.
 */
flowtime_str flowtime_plan_output_file(const flowtime_plan *plan, size_t index);

/**
 * How many pairs of nodes read one another.
 */
size_t flowtime_plan_edge_count(const flowtime_plan *plan);

/**
 * The node that reads; NULL and 0 past the last edge.
 */
flowtime_str flowtime_plan_edge_reader(const flowtime_plan *plan, size_t index);

/**
 * The node that is read; NULL and 0 past the last edge.
 */
flowtime_str flowtime_plan_edge_read(const flowtime_plan *plan, size_t index);

/**
 * How many bins back it is read, the shortest if there are several; 0 past the last edge.
 */
uint64_t flowtime_plan_edge_lag(const flowtime_plan *plan, size_t index);

/**
 * Frees a plan. NULL is fine. Runs and runners that were made of it go on.
 */
void flowtime_plan_free(flowtime_plan *plan);

/* ---- Stopping runs from another thread. ---- */

/**
 * Makes a request that has not been made yet.
 */
flowtime_status flowtime_cancel_new(flowtime_cancel **out_cancel, flowtime_error **out_error);

/**
 * Asks every run that knows of it to stop; they do within a few milliseconds, with
 * FLOWTIME_STATUS_CANCELLED. From any thread, also while a run is on its way.
 */
flowtime_status flowtime_cancel_request(const flowtime_cancel *cancel, flowtime_error **out_error);

/**
 * Has it been asked? 1 or 0; 0 for NULL.
 */
int32_t flowtime_cancel_is_requested(const flowtime_cancel *cancel);

/**
 * Frees a request. NULL is fine. Runs that know of it go on.
 */
void flowtime_cancel_free(flowtime_cancel *cancel);

/* ---- What a run is asked for. ---- */

/**
 * Makes options with the defaults: every node, the model's own inputs and seed.
 */
flowtime_status flowtime_run_options_new(flowtime_run_options **out_options,
                                         flowtime_error **out_error);

/**
 * Draws with this seed, 0 to 2^53 - 1, instead of the model's.
 */
flowtime_status flowtime_run_options_set_seed(flowtime_run_options *options,
                                              uint64_t seed,
                                              flowtime_error **out_error);

/**
 * Puts a number in the place of a const or pmf node; NaN is a missing number. Names and numbers are
 * checked against the plan when it is run.
 */
flowtime_status flowtime_run_options_set_number(flowtime_run_options *options,
                                                const char *node,
                                                size_t node_length,
                                                double number,
                                                flowtime_error **out_error);

/**
 * Puts one number a bin, which are copied, in the place of a const or pmf node.
 */
flowtime_status flowtime_run_options_set_series(flowtime_run_options *options,
                                                const char *node,
                                                size_t node_length,
                                                const double *values,
                                                size_t values_length,
                                                flowtime_error **out_error);

/**
 * Adds a node to those that are kept. Once there is one, only those are computed and kept, in the order
 * in which they were added, and what they need is computed as well.
 */
flowtime_status flowtime_run_options_keep(flowtime_run_options *options,
                                          const char *node,
                                          size_t node_length,
                                          flowtime_error **out_error);

/**
 * Sets a limit, one of flowtime_limit.
 */
flowtime_status flowtime_run_options_set_limit(flowtime_run_options *options,
                                               int32_t limit,
                                               uint64_t value,
                                               flowtime_error **out_error);

/**
 * Stops runs when `cancel` is asked to; NULL for nothing. The request may be freed before the options.
 */
flowtime_status flowtime_run_options_set_cancel(flowtime_run_options *options,
                                                const flowtime_cancel *cancel,
                                                flowtime_error **out_error);

/**
 * Calls `progress` during runs; NULL for nothing. `user_data` is handed on, and must be fit for every
 * thread that runs with these options.
 */
flowtime_status flowtime_run_options_set_progress(flowtime_run_options *options,
                                                  flowtime_progress progress,
                                                  void *user_data,
                                                  flowtime_error **out_error);

/**
 * Frees options. NULL is fine.
 */
void flowtime_run_options_free(flowtime_run_options *options);

/* ---- Runs: the series of a plan. ---- */

/**
 * The seed that was used; 0 for NULL.
 */
uint64_t flowtime_run_seed(const flowtime_run *run);

/**
 * How many bins each series has; 0 for NULL.
 */
size_t flowtime_run_bins(const flowtime_run *run);

/**
 * How many series were kept.
 */
size_t flowtime_run_series_count(const flowtime_run *run);

/**
 * The id of a series, in the order of the model or as they were asked for; NULL and 0 past the last.
 */
flowtime_str flowtime_run_series_id(const flowtime_run *run,
                                    size_t index);

/**
 * The numbers of a series, without copying; they live as long as the run. NULL and 0 past the last.
 */
flowtime_series flowtime_run_series_at(const flowtime_run *run, size_t index);

/**
 * The numbers of the series called `id`, without copying; they live as long as the run.
 */
flowtime_status flowtime_run_series(const flowtime_run *run,
                                    const char *id,
                                    size_t id_length,
                                    flowtime_series *out_series,
                                    flowtime_error **out_error);

/**
 * Copies the numbers of the series called `id` to the caller's memory, which has room for exactly
 * `length` numbers; FLOWTIME_STATUS_OUT_OF_RANGE if that is not the number of bins.
 */
flowtime_status flowtime_run_copy_series(const flowtime_run *run,
                                         const char *id,
                                         size_t id_length,
                                         double *numbers,
                                         size_t length,
                                         flowtime_error **out_error);

/**
 * What is worth knowing about the run. The list belongs to the run; NULL for NULL.
 */
const flowtime_warnings *flowtime_run_warnings(const flowtime_run *run);

/**
 * Everything that looks wrong in the results, as diagnostics that point into the model, in the order of the
 * document: divisions by zero, numbers that are not finite, queues below zero, capacities that never
 * suffice, outputs that never change. Only the series that the run kept are looked at.
 * FLOWTIME_STATUS_INVALID_ARGUMENT if `run` is not a run of `model`.
 */
flowtime_status flowtime_run_findings(const flowtime_run *run,
                                      const flowtime_model *model,
                                      flowtime_diagnostics **out_diagnostics,
                                      flowtime_error **out_error);

/**
 * The plan that was run, as a handle of its own.
 */
flowtime_status flowtime_run_plan(const flowtime_run *run,
                                  flowtime_plan **out_plan,
                                  flowtime_error **out_error);

/**
 * Frees a run. NULL is fine. Its series are gone with it.
 */
void flowtime_run_free(flowtime_run *run);

/* ---- Runners: a plan that is run again and again, into the caller's memory. ---- */

/**
 * Prepares to run a plan again and again. `options` may be NULL; they say what is kept, the seed, the
 * first inputs, and whether there is a cancellation or a progress function.
 */
flowtime_status flowtime_runner_new(const flowtime_plan *plan,
                                    const flowtime_run_options *options,
                                    flowtime_runner **out_runner,
                                    flowtime_error **out_error);

/**
 * How many bins each series has; 0 for NULL.
 */
size_t flowtime_runner_bins(const flowtime_runner *runner);

/**
 * How many series are kept.
 */
size_t flowtime_runner_series_count(const flowtime_runner *runner);

/**
 * The id of a kept series, in the order in which flowtime_runner_run_into() writes them; NULL and 0 past
 * the last.
 */
flowtime_str flowtime_runner_series_id(const flowtime_runner *runner,
                                       size_t index);

/**
 * Draws with this seed, 0 to 2^53 - 1, from now on.
 */
flowtime_status flowtime_runner_set_seed(flowtime_runner *runner,
                                         uint64_t seed,
                                         flowtime_error **out_error);

/**
 * Puts a number in the place of a const or pmf node from now on; NaN is a missing number.
 */
flowtime_status flowtime_runner_set_number(flowtime_runner *runner,
                                           const char *node,
                                           size_t node_length,
                                           double number,
                                           flowtime_error **out_error);

/**
 * Puts one number a bin, which are copied, in the place of a const or pmf node from now on.
 */
flowtime_status flowtime_runner_set_series(flowtime_runner *runner,
                                           const char *node,
                                           size_t node_length,
                                           const double *values,
                                           size_t values_length,
                                           flowtime_error **out_error);

/**
 * Says that each flowtime_runner_run_into() brings new numbers for a const or pmf node: one, or one a bin,
 * as `shape` (a flowtime_input_shape) says. They come in the order in which the nodes were bound. Until the
 * first ones come, the node is missing (NaN) in every bin.
 */
flowtime_status flowtime_runner_bind(flowtime_runner *runner,
                                     const char *node,
                                     size_t node_length,
                                     int32_t shape,
                                     flowtime_error **out_error);

/**
 * Runs the plan; the series are then in flowtime_runner_series(). Nothing is allocated after the first
 * run.
 */
flowtime_status flowtime_runner_run(flowtime_runner *runner,
                                    flowtime_error **out_error);

/**
 * The numbers of a kept series of the last flowtime_runner_run(), without copying. They live until the
 * next call that changes the runner. FLOWTIME_STATUS_CANCELLED leaves them half written.
 */
flowtime_status flowtime_runner_series(const flowtime_runner *runner,
                                       const char *id,
                                       size_t id_length,
                                       flowtime_series *out_series,
                                       flowtime_error **out_error);

/**
 * Runs the plan from and into the caller's memory: `inputs` has the numbers of the bound inputs, one
 * after the other, and `outputs` receives the kept series, one after the other, series_count times bins
 * numbers. Nothing is allocated after the first run.
 *
 * FLOWTIME_STATUS_INVALID_ARGUMENT for wrong lengths and infinities; nothing is changed or written then.
 * FLOWTIME_STATUS_CANCELLED leaves the outputs half written. Inputs and outputs may not overlap.
 */
flowtime_status flowtime_runner_run_into(flowtime_runner *runner,
                                         const double *inputs,
                                         size_t inputs_length,
                                         double *outputs,
                                         size_t outputs_length,
                                         flowtime_error **out_error);

/**
 * As flowtime_runner_run_into(), but each series goes to a place of its own: `outputs` has series_count
 * pointers to `length` numbers each, and `length` is the number of bins. Places may not overlap.
 */
flowtime_status flowtime_runner_run_into_each(flowtime_runner *runner,
                                              const double *inputs,
                                              size_t inputs_length,
                                              double *const *outputs,
                                              size_t outputs_count,
                                              size_t length,
                                              flowtime_error **out_error);

/**
 * What is worth knowing about the last run, as a list that the caller frees.
 */
flowtime_status flowtime_runner_warnings(const flowtime_runner *runner,
                                         flowtime_warnings **out_warnings,
                                         flowtime_error **out_error);

/**
 * Frees a runner. NULL is fine.
 */
void flowtime_runner_free(flowtime_runner *runner);

/* ---- What an ensemble is asked for. ---- */

/**
 * Makes options for `scenarios` scenarios: scenario k is the run with the seed
 * flowtime_scenario_seed(seed, k). Unless said otherwise, statistics are taken of the model's outputs: the
 * mean, the deviation, the least, the greatest, and the quantiles 0.05, 0.5 and 0.95.
 */
flowtime_status flowtime_ensemble_options_new(size_t scenarios,
                                              flowtime_ensemble_options **out_options,
                                              flowtime_error **out_error);

/**
 * Takes the seed that the scenarios' seeds come from, 0 to 2^53 - 1, instead of the model's.
 */
flowtime_status flowtime_ensemble_options_set_seed(flowtime_ensemble_options *options,
                                                   uint64_t seed,
                                                   flowtime_error **out_error);

/**
 * Gives each scenario its seed, which are copied: there are then as many scenarios as seeds, and scenario k
 * is the run with `seeds[k]`.
 */
flowtime_status flowtime_ensemble_options_set_seeds(flowtime_ensemble_options *options,
                                                    const uint64_t *seeds,
                                                    size_t seeds_length,
                                                    flowtime_error **out_error);

/**
 * Puts the same number in the place of a const or pmf node in all scenarios; NaN is a missing number. Names
 * and numbers are checked against the plan when it is run, here and below.
 */
flowtime_status flowtime_ensemble_options_set_number(flowtime_ensemble_options *options,
                                                     const char *node,
                                                     size_t node_length,
                                                     double number,
                                                     flowtime_error **out_error);

/**
 * Puts the same numbers, one a bin, in the place of a const or pmf node in all scenarios. They are copied,
 * here and below.
 */
flowtime_status flowtime_ensemble_options_set_series(flowtime_ensemble_options *options,
                                                     const char *node,
                                                     size_t node_length,
                                                     const double *values,
                                                     size_t values_length,
                                                     flowtime_error **out_error);

/**
 * Puts a number of its own in the place of a const or pmf node in each scenario.
 */
flowtime_status flowtime_ensemble_options_set_numbers(flowtime_ensemble_options *options,
                                                      const char *node,
                                                      size_t node_length,
                                                      const double *values,
                                                      size_t values_length,
                                                      flowtime_error **out_error);

/**
 * Puts a series of its own in the place of a const or pmf node in each scenario: `values` has the `bins`
 * numbers of scenario 0, then those of scenario 1, and so on.
 */
flowtime_status flowtime_ensemble_options_set_series_each(flowtime_ensemble_options *options,
                                                          const char *node,
                                                          size_t node_length,
                                                          const double *values,
                                                          size_t scenarios,
                                                          size_t bins,
                                                          flowtime_error **out_error);

/**
 * Adds a node to those that statistics are taken of. Once there is one, the model's outputs are not.
 */
flowtime_status flowtime_ensemble_options_keep(flowtime_ensemble_options *options,
                                               const char *node,
                                               size_t node_length,
                                               flowtime_error **out_error);

/**
 * Adds a statistic, one of flowtime_statistic, of every kept node. Once a statistic or a quantile was added,
 * only those are taken, which is faster.
 */
flowtime_status flowtime_ensemble_options_add_statistic(flowtime_ensemble_options *options,
                                                        int32_t statistic,
                                                        flowtime_error **out_error);

/**
 * Adds a quantile, 0 to 1, of every kept node: exact, interpolated linearly.
 */
flowtime_status flowtime_ensemble_options_add_quantile(flowtime_ensemble_options *options,
                                                       double quantile,
                                                       flowtime_error **out_error);

/**
 * Counts in each bin the scenarios in which `node`, kept or not, is above `threshold`.
 */
flowtime_status flowtime_ensemble_options_above(flowtime_ensemble_options *options,
                                                const char *node,
                                                size_t node_length,
                                                double threshold,
                                                flowtime_error **out_error);

/**
 * Counts in each bin the scenarios in which `node`, kept or not, is below `threshold`.
 */
flowtime_status flowtime_ensemble_options_below(flowtime_ensemble_options *options,
                                                const char *node,
                                                size_t node_length,
                                                double threshold,
                                                flowtime_error **out_error);

/**
 * Counts in each bin the scenarios by the value of `node`. The buckets are [a, b) between neighbouring
 * edges, which rise; the last is [a, b].
 */
flowtime_status flowtime_ensemble_options_histogram(flowtime_ensemble_options *options,
                                                    const char *node,
                                                    size_t node_length,
                                                    const double *edges,
                                                    size_t edges_length,
                                                    flowtime_error **out_error);

/**
 * Sums up the series of `node` of every scenario by a number, one of flowtime_measure.
 */
flowtime_status flowtime_ensemble_options_measure(flowtime_ensemble_options *options,
                                                  const char *node,
                                                  size_t node_length,
                                                  int32_t measure,
                                                  double threshold,
                                                  flowtime_error **out_error);

/**
 * Keeps the series of these scenarios themselves.
 */
flowtime_status flowtime_ensemble_options_set_chosen(flowtime_ensemble_options *options,
                                                     const size_t *scenarios,
                                                     size_t scenarios_length,
                                                     flowtime_error **out_error);

/**
 * Works with so many threads, which live as long as the call; 1 unless said, 0 is as many as there are
 * processors. The results are the same.
 */
flowtime_status flowtime_ensemble_options_set_threads(flowtime_ensemble_options *options,
                                                      size_t threads,
                                                      flowtime_error **out_error);

/**
 * Sets a limit, one of flowtime_limit.
 */
flowtime_status flowtime_ensemble_options_set_limit(flowtime_ensemble_options *options,
                                                    int32_t limit,
                                                    uint64_t value,
                                                    flowtime_error **out_error);

/**
 * Stops ensembles when `cancel` is asked to; NULL for nothing. The request may be freed before the options.
 */
flowtime_status flowtime_ensemble_options_set_cancel(flowtime_ensemble_options *options,
                                                     const flowtime_cancel *cancel,
                                                     flowtime_error **out_error);

/**
 * Calls `progress` during ensembles, in the thread of the call; NULL for nothing. `user_data` must live as
 * long as the options are used.
 */
flowtime_status flowtime_ensemble_options_set_progress(flowtime_ensemble_options *options,
                                                       flowtime_progress progress,
                                                       void *user_data,
                                                       flowtime_error **out_error);

/**
 * Frees options. NULL is fine.
 */
void flowtime_ensemble_options_free(flowtime_ensemble_options *options);

/* ---- Ensembles: what many scenarios of a plan say together. ---- */

/**
 * The seed of scenario `scenario` of an ensemble with `seed`.
 */
uint64_t flowtime_scenario_seed(uint64_t seed, uint64_t scenario);

/**
 * Runs many scenarios of the plan and takes statistics over them. `options` is needed: it has the number of
 * scenarios.
 *
 * FLOWTIME_STATUS_INVALID_ARGUMENT for unknown names, wrong lengths, infinities, quantiles outside 0 to 1,
 * edges that do not rise, and no scenario at all; FLOWTIME_STATUS_LIMIT_EXCEEDED before anything is
 * computed; FLOWTIME_STATUS_CANCELLED.
 */
flowtime_status flowtime_plan_ensemble(const flowtime_plan *plan,
                                       const flowtime_ensemble_options *options,
                                       flowtime_ensemble **out_ensemble,
                                       flowtime_error **out_error);

/**
 * How many scenarios there are; 0 for NULL.
 */
size_t flowtime_ensemble_scenarios(const flowtime_ensemble *ensemble);

/**
 * The seed that the scenarios' seeds come from; without a meaning where they were given one by one. 0 for
 * NULL.
 */
uint64_t flowtime_ensemble_seed(const flowtime_ensemble *ensemble);

/**
 * How many bins each series has; 0 for NULL.
 */
size_t flowtime_ensemble_bins(const flowtime_ensemble *ensemble);

/**
 * How many nodes statistics were taken of, those of thresholds and histograms among them.
 */
size_t flowtime_ensemble_series_count(const flowtime_ensemble *ensemble);

/**
 * The id of a node that statistics were taken of; NULL and 0 past the last.
 */
flowtime_str flowtime_ensemble_series_id(const flowtime_ensemble *ensemble, size_t index);

/**
 * Copies the seed of every scenario to the caller's memory, which has room for exactly `length` of them;
 * FLOWTIME_STATUS_OUT_OF_RANGE if that is not the number of scenarios.
 */
flowtime_status flowtime_ensemble_copy_seeds(const flowtime_ensemble *ensemble,
                                             uint64_t *seeds,
                                             size_t length,
                                             flowtime_error **out_error);

/**
 * A statistic, one of flowtime_statistic, one number a bin, without copying: it lives as long as the
 * ensemble, here and below. Missing values are left out; a statistic of nothing is NaN.
 * FLOWTIME_STATUS_INVALID_ARGUMENT if the options did not ask for it, here and below.
 */
flowtime_status flowtime_ensemble_statistic(const flowtime_ensemble *ensemble,
                                            const char *id,
                                            size_t id_length,
                                            int32_t statistic,
                                            flowtime_series *out_series,
                                            flowtime_error **out_error);

/**
 * A quantile, one number a bin.
 */
flowtime_status flowtime_ensemble_quantile(const flowtime_ensemble *ensemble,
                                           const char *id,
                                           size_t id_length,
                                           double quantile,
                                           flowtime_series *out_series,
                                           flowtime_error **out_error);

/**
 * The part of the scenarios in which the node is above a threshold, one number a bin: of those in which it
 * is not missing, NaN if it always is.
 */
flowtime_status flowtime_ensemble_above(const flowtime_ensemble *ensemble,
                                        const char *id,
                                        size_t id_length,
                                        double threshold,
                                        flowtime_series *out_series,
                                        flowtime_error **out_error);

/**
 * The part of the scenarios in which the node is below a threshold, as flowtime_ensemble_above().
 */
flowtime_status flowtime_ensemble_below(const flowtime_ensemble *ensemble,
                                        const char *id,
                                        size_t id_length,
                                        double threshold,
                                        flowtime_series *out_series,
                                        flowtime_error **out_error);

/**
 * Copies to the caller's memory, which has room for exactly `length` numbers, in how many scenarios the node
 * is missing (NaN), one number a bin; FLOWTIME_STATUS_OUT_OF_RANGE if that is not the number of bins.
 */
flowtime_status flowtime_ensemble_copy_missing(const flowtime_ensemble *ensemble,
                                               const char *id,
                                               size_t id_length,
                                               uint64_t *counts,
                                               size_t length,
                                               flowtime_error **out_error);

/**
 * The edges of a histogram, one more than there are buckets.
 */
flowtime_status flowtime_ensemble_histogram_edges(const flowtime_ensemble *ensemble,
                                                  const char *id,
                                                  size_t id_length,
                                                  flowtime_series *out_series,
                                                  flowtime_error **out_error);

/**
 * Copies to the caller's memory, which has room for exactly `length` numbers, how many scenarios are in each
 * bucket of a histogram: all buckets of bin 0, then those of bin 1, and so on.
 * FLOWTIME_STATUS_OUT_OF_RANGE if the length is not bins times buckets.
 */
flowtime_status flowtime_ensemble_copy_histogram(const flowtime_ensemble *ensemble,
                                                 const char *id,
                                                 size_t id_length,
                                                 uint64_t *counts,
                                                 size_t length,
                                                 flowtime_error **out_error);

/**
 * A measure, one of flowtime_measure with its threshold, one number a scenario.
 */
flowtime_status flowtime_ensemble_measure(const flowtime_ensemble *ensemble,
                                          const char *id,
                                          size_t id_length,
                                          int32_t measure,
                                          double threshold,
                                          flowtime_series *out_series,
                                          flowtime_error **out_error);

/**
 * The series of the node in the chosen scenarios: the bins of the first one, then those of the next, in the
 * order in which the scenarios were given.
 */
flowtime_status flowtime_ensemble_chosen_series(const flowtime_ensemble *ensemble,
                                                const char *id,
                                                size_t id_length,
                                                flowtime_series *out_series,
                                                flowtime_error **out_error);

/**
 * What is worth knowing about it, bins counted over all scenarios (of all points of a sweep). The list
 * belongs to the ensemble; NULL for NULL.
 */
const flowtime_warnings *flowtime_ensemble_warnings(const flowtime_ensemble *ensemble);

/**
 * How it was computed, for people: what the planner chose, the memory it took.
 */
flowtime_status flowtime_ensemble_describe(const flowtime_ensemble *ensemble,
                                           flowtime_text **out_text,
                                           flowtime_error **out_error);

/**
 * Frees an ensemble that flowtime_plan_ensemble() made. NULL is fine. Its numbers are gone with it. The
 * ensembles that flowtime_sweep_at() shows belong to their sweep.
 */
void flowtime_ensemble_free(flowtime_ensemble *ensemble);

/* ---- Sweeps: an ensemble for each of many inputs. ---- */

/**
 * Makes a list of inputs without any.
 */
flowtime_status flowtime_sweep_inputs_new(flowtime_sweep_inputs **out_inputs,
                                          flowtime_error **out_error);

/**
 * Adds a const or pmf node with the numbers that it takes, which are copied.
 */
flowtime_status flowtime_sweep_inputs_add(flowtime_sweep_inputs *inputs,
                                          const char *node,
                                          size_t node_length,
                                          const double *values,
                                          size_t values_length,
                                          flowtime_error **out_error);

/**
 * Frees a list of inputs. NULL is fine.
 */
void flowtime_sweep_inputs_free(flowtime_sweep_inputs *inputs);

/**
 * Runs an ensemble at every point, with the same random numbers. `shape` is one of flowtime_sweep_shape.
 *
 * The statuses of flowtime_plan_ensemble(), and FLOWTIME_STATUS_INVALID_ARGUMENT for no input, one given
 * twice or also by the options, no numbers, and unequal lengths in a table.
 */
flowtime_status flowtime_plan_sweep(const flowtime_plan *plan,
                                    const flowtime_sweep_inputs *inputs,
                                    int32_t shape,
                                    const flowtime_ensemble_options *options,
                                    flowtime_sweep **out_sweep,
                                    flowtime_error **out_error);

/**
 * How many points there are; 0 for NULL.
 */
size_t flowtime_sweep_count(const flowtime_sweep *sweep);

/**
 * The ensemble of a point, which belongs to the sweep; NULL past the last.
 */
const flowtime_ensemble *flowtime_sweep_at(const flowtime_sweep *sweep, size_t point);

/**
 * The numbers of a swept input, one a point, which live as long as the sweep.
 */
flowtime_status flowtime_sweep_numbers(const flowtime_sweep *sweep,
                                       const char *input,
                                       size_t input_length,
                                       flowtime_series *out_series,
                                       flowtime_error **out_error);

/**
 * Frees a sweep with its ensembles. NULL is fine.
 */
void flowtime_sweep_free(flowtime_sweep *sweep);

/* ---- What is worth knowing about a run. ---- */

/**
 * How many there are.
 */
size_t flowtime_warnings_count(const flowtime_warnings *warnings);

/**
 * What a warning says, for people; NULL and 0 past the last.
 */
flowtime_str flowtime_warnings_message(const flowtime_warnings *warnings, size_t index);

/**
 * The node that a warning is about; NULL and 0 past the last.
 */
flowtime_str flowtime_warnings_node(const flowtime_warnings *warnings, size_t index);

/**
 * In how many bins it happened; 0 past the last.
 */
uint64_t flowtime_warnings_bins(const flowtime_warnings *warnings, size_t index);

/**
 * Frees a list that flowtime_runner_warnings() made. NULL is fine. The list that
 * flowtime_run_warnings() shows belongs to its run.
 */
void flowtime_warnings_free(flowtime_warnings *warnings);

/* ---- Templates, and the models that are made from them. ---- */

/**
 * The templates that come with the library, as a JSON list of objects with `id`, `version`, `title`,
 * `description`, `tags` and the number of `parameters`.
 */
flowtime_status flowtime_templates(flowtime_text **out_json,
                                   flowtime_error **out_error);

/**
 * A template that comes with the library, by its id. FLOWTIME_STATUS_NOT_FOUND when there is none.
 */
flowtime_status flowtime_template_shipped(const char *id,
                                          size_t id_length,
                                          flowtime_template **out_template,
                                          flowtime_error **out_error);

/**
 * Reads a template from the bytes of a YAML document. `options` may be NULL.
 * FLOWTIME_STATUS_INVALID_MODEL with everything that is wrong with it.
 */
flowtime_status flowtime_template_parse(const char *text,
                                        size_t text_length,
                                        const flowtime_parse_options *options,
                                        flowtime_template **out_template,
                                        flowtime_error **out_error);

/**
 * Its id, in kebab case; NULL and 0 for NULL.
 */
flowtime_str flowtime_template_id(const flowtime_template *from);

/**
 * Its version, such as "1.0.0"; NULL and 0 for NULL.
 */
flowtime_str flowtime_template_version(const flowtime_template *from);

/**
 * The parameters as JSON Schema (draft 2020-12), for forms.
 */
flowtime_status flowtime_template_parameter_form(const flowtime_template *from,
                                                 flowtime_text **out_json,
                                                 flowtime_error **out_error);

/**
 * Makes a model. The same template, version and values give the same model and the same ids.
 *
 * `parameters` is a JSON object with the values of parameters, or NULL: the others have their defaults. `name` is what
 * the model is called; NULL for the template's title. `generated_at` is the time for its provenance, such as
 * "2026-01-05T10:00:00Z", or NULL: the library has no clock. `out_facts` may be NULL; otherwise it receives a JSON
 * object with `model_id`, `inputs_hash`, `template_hash`, `model_hash`, `logic_hash`, `parameters` and `provenance`.
 * The model itself says in its `provenance` section where it came from.
 *
 * FLOWTIME_STATUS_INVALID_ARGUMENT, with diagnostics, for what is wrong with the parameters;
 * FLOWTIME_STATUS_INVALID_MODEL when the model that they give has errors.
 */
flowtime_status flowtime_template_generate(const flowtime_template *from,
                                           const char *parameters,
                                           size_t parameters_length,
                                           const char *name,
                                           size_t name_length,
                                           const char *generated_at,
                                           size_t generated_at_length,
                                           flowtime_model **out_model,
                                           flowtime_text **out_facts,
                                           flowtime_error **out_error);

/**
 * Frees a template. NULL is fine.
 */
void flowtime_template_free(flowtime_template *from);

/* ---- The workspace: models and runs that are kept, in a folder. What it answers is JSON. ---- */

/**
 * The workspace in the folder `root`, which need not exist yet. NULL: that which the environment names with
 * FLOWTIME_ARTIFACTS_ROOT, else FLOWTIME_DATA_DIR, else "./data".
 */
flowtime_status flowtime_workspace_open(const char *root,
                                        size_t root_length,
                                        flowtime_workspace **out_workspace,
                                        flowtime_error **out_error);

/**
 * Stores a model as the next version of its id, or finds that it is stored: the id is that of its provenance, else made
 * of its name and of what it computes.
 *
 * `labels` is NULL or a JSON object with `name`, `tags`, `owner`, `version` and `preview` (store a picture), each of
 * which may be left out. `out_json` receives `model_id`, `version`, `artifact_path`, `catalog_url`, `title`,
 * `model_hash`, `inputs_hash`, `existed` and `pending`. FLOWTIME_STATUS_INVALID_MODEL when it cannot be compiled;
 * FLOWTIME_STATUS_CONFLICT when the id is that of another model, or the version holds other bytes.
 */
flowtime_status flowtime_workspace_put_model(const flowtime_workspace *workspace,
                                             const flowtime_model *model,
                                             const char *labels,
                                             size_t labels_length,
                                             flowtime_text **out_json,
                                             flowtime_error **out_error);

/**
 * Lists what is stored, or what fits all members of `query`, a JSON object, or NULL: `kind` ("model", "run",
 * "telemetry"), `source`, `owner`, `capabilities` (all of a list), `tags` (any of a list), `template_id`,
 * `template_version`, `model_id`, `model_hash`, `name`, `created_from`, `created_before`, `sort` ("id", "created",
 * "title"), `descending`, `offset`, `limit`. `out_json` receives `cards`, `total` and `offset`.
 */
flowtime_status flowtime_workspace_list(const flowtime_workspace *workspace,
                                        const char *query,
                                        size_t query_length,
                                        flowtime_text **out_json,
                                        flowtime_error **out_error);

/**
 * An artifact, by its id, "models/<id>/v<n>" or a "registry:" reference: `card`, `catalog`, `labels`, `provenance`,
 * `versions`, `generates`, `run_count` and `path`. FLOWTIME_STATUS_NOT_FOUND when there is none.
 */
flowtime_status flowtime_workspace_get(const flowtime_workspace *workspace,
                                       const char *reference,
                                       size_t reference_length,
                                       flowtime_text **out_json,
                                       flowtime_error **out_error);

/**
 * A stored model, as flowtime_workspace_get() finds it, to be compiled. FLOWTIME_STATUS_INTEGRITY when its bytes are
 * not those that were written.
 */
flowtime_status flowtime_workspace_model(const flowtime_workspace *workspace,
                                         const char *reference,
                                         size_t reference_length,
                                         flowtime_model **out_model,
                                         flowtime_error **out_error);

/**
 * Runs a model and stores the run: the stored model `model_id`, with `model` NULL, or `model`, with `model_id` NULL.
 *
 * `options` may be NULL; the nodes that they keep are the series that are written, by default those that the model
 * names. `provenance` says where the model came from, over what it says itself: a JSON object, or the id of a stored
 * model as text, or NULL. With `deterministic` 1 the run is named after what it computes. With `reuse` 1 an equal run
 * that is stored and undamaged is taken, and nothing is computed.
 *
 * `out_run` may be NULL; otherwise it receives the series that were written, or NULL when an earlier run was taken.
 * `out_json` receives `run_id`, `path`, `catalog_url`, `model_id`, `model_hash`, `seed`, `warnings`, `outcome`
 * ("written", "reused", "replaced"), `was_duplicate_of` and `pending`.
 */
flowtime_status flowtime_workspace_run(const flowtime_workspace *workspace,
                                       const char *model_id,
                                       size_t model_id_length,
                                       const flowtime_model *model,
                                       const flowtime_run_options *options,
                                       const char *provenance,
                                       size_t provenance_length,
                                       int32_t deterministic,
                                       int32_t reuse,
                                       flowtime_run **out_run,
                                       flowtime_text **out_json,
                                       flowtime_error **out_error);

/**
 * Follows a run, or a model, back: `template`, `parameters`, `model`, `run`, `derived_from`, `provenance`, and `gaps`,
 * what is not known and why.
 */
flowtime_status flowtime_workspace_trace(const flowtime_workspace *workspace,
                                         const char *reference,
                                         size_t reference_length,
                                         flowtime_text **out_json,
                                         flowtime_error **out_error);

/**
 * Frees a workspace; what is stored stays. NULL is fine.
 */
void flowtime_workspace_free(flowtime_workspace *workspace);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* FLOWTIME_H */
