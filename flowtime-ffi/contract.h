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
 * Threads   The library starts none, unless an ensemble asks for several, which end with its call. Any
 *           number of threads may use one flowtime_model, flowtime_plan, flowtime_run, flowtime_ensemble,
 *           flowtime_sweep, flowtime_template, flowtime_workspace, flowtime_cancel, flowtime_error, flowtime_text and list at once. Builders,
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
