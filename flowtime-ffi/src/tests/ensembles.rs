//! The entry points of ensembles and sweeps.

use super::*;
use crate::ensemble::*;
use crate::ensemble_options::*;
use crate::sweep::*;

/// Few: Miri is slow.
const SCENARIOS: usize = 3;

fn options(scenarios: usize) -> *mut flowtime_ensemble_options {
    // SAFETY: out-parameters are alive.
    made(|out, error| unsafe { flowtime_ensemble_options_new(scenarios, out, error) })
}

/// A view that a call has to give.
fn seen(call: impl FnOnce(*mut flowtime_series, *mut *mut flowtime_error) -> flowtime_status) -> Vec<f64> {
    let mut series = flowtime_series { data: null(), length: 0 };
    done(|error| call(&mut series, error));
    numbers(series)
}

#[test]
fn ensembles() {
    let plan = plan();
    let options = options(1);
    let ((a, an), (c, cn), (p, pn), (q, qn)) = (text("a"), text("c"), text("p"), text("q"));
    let (seeds, each, matrix) = ([1u64, 2, 3], [2.0, 3.0, 4.0], [1.0; SCENARIOS * BINS]);
    let (edges, chosen, mut counter) = ([0.0, 1.0, 9.0], [2usize, 0], [0i32, 0]);
    // SAFETY: handles are alive, texts and lists have their lengths.
    unsafe {
        done(|e| flowtime_ensemble_options_set_seed(options, 4, e));
        done(|e| flowtime_ensemble_options_set_seeds(options, seeds.as_ptr(), SCENARIOS, e));
        done(|e| flowtime_ensemble_options_set_number(options, p, pn, 0.5, e));
        done(|e| flowtime_ensemble_options_set_series(options, p, pn, each.as_ptr(), BINS, e));
        done(|e| flowtime_ensemble_options_set_numbers(options, c, cn, each.as_ptr(), SCENARIOS, e));
        done(|e| {
            flowtime_ensemble_options_set_series_each(options, a, an, matrix.as_ptr(), SCENARIOS, BINS, e)
        });
        done(|e| flowtime_ensemble_options_keep(options, q, qn, e));
        done(|e| flowtime_ensemble_options_add_statistic(options, flowtime_statistic::MEAN as i32, e));
        done(|e| flowtime_ensemble_options_add_quantile(options, 0.5, e));
        done(|e| flowtime_ensemble_options_above(options, q, qn, 1.0, e));
        done(|e| flowtime_ensemble_options_below(options, q, qn, 1.0, e));
        done(|e| flowtime_ensemble_options_histogram(options, q, qn, edges.as_ptr(), 3, e));
        done(|e| flowtime_ensemble_options_measure(options, q, qn, flowtime_measure::MAXIMUM as i32, 0.0, e));
        done(|e| flowtime_ensemble_options_set_chosen(options, chosen.as_ptr(), 2, e));
        done(|e| flowtime_ensemble_options_set_threads(options, 1, e));
        let limit = flowtime_limit::OPERATIONS as i32;
        done(|e| flowtime_ensemble_options_set_limit(options, limit, 1 << 40, e));
        let cancel = made(|out, e| flowtime_cancel_new(out, e));
        done(|e| flowtime_ensemble_options_set_cancel(options, cancel, e));
        flowtime_cancel_free(cancel);
        let user_data = (&raw mut counter).cast();
        done(|e| flowtime_ensemble_options_set_progress(options, Some(progress), user_data, e));

        let ensemble = made(|out, e| flowtime_plan_ensemble(plan, options, out, e));
        flowtime_ensemble_options_free(options);
        flowtime_plan_free(plan);
        assert_eq!(flowtime_ensemble_scenarios(ensemble), SCENARIOS);
        assert_eq!((flowtime_ensemble_seed(ensemble), flowtime_ensemble_bins(ensemble)), (4, BINS));
        assert_eq!(flowtime_ensemble_series_count(ensemble), 1);
        assert_eq!(read(flowtime_ensemble_series_id(ensemble, 0)), "q");
        let (mut copied, mut missing, mut counts) = ([0u64; SCENARIOS], [9u64; BINS], [0u64; 2 * BINS]);
        done(|e| flowtime_ensemble_copy_seeds(ensemble, copied.as_mut_ptr(), SCENARIOS, e));
        done(|e| flowtime_ensemble_copy_missing(ensemble, q, qn, missing.as_mut_ptr(), BINS, e));
        done(|e| flowtime_ensemble_copy_histogram(ensemble, q, qn, counts.as_mut_ptr(), 2 * BINS, e));
        assert_eq!((copied, missing), (seeds, [0; BINS]));
        assert_eq!(counts.chunks(2).map(|bin| bin[0] + bin[1]).collect::<Vec<_>>(), [3, 3, 3]);
        // Arrivals 1 and 2, 3, 4 beside capacities 2, 3, 4: the backlog of scenario 0 is 1, 3, 6.
        let mean = flowtime_statistic::MEAN as i32;
        let means = seen(|out, e| flowtime_ensemble_statistic(ensemble, q, qn, mean, out, e));
        assert_eq!(means, [1.0 / 3.0, 4.0 / 3.0, 10.0 / 3.0]);
        assert_eq!(seen(|out, e| flowtime_ensemble_quantile(ensemble, q, qn, 0.5, out, e)), [0.0, 1.0, 3.0]);
        let above = seen(|out, e| flowtime_ensemble_above(ensemble, q, qn, 1.0, out, e));
        let below = seen(|out, e| flowtime_ensemble_below(ensemble, q, qn, 1.0, out, e));
        assert_eq!((above[0], below[0]), (0.0, 2.0 / 3.0));
        assert_eq!(seen(|out, e| flowtime_ensemble_histogram_edges(ensemble, q, qn, out, e)), edges);
        let most = flowtime_measure::MAXIMUM as i32;
        let peaks = seen(|out, e| flowtime_ensemble_measure(ensemble, q, qn, most, 0.0, out, e));
        assert_eq!(peaks, [6.0, 3.0, 1.0]);
        let series = seen(|out, e| flowtime_ensemble_chosen_series(ensemble, q, qn, out, e));
        assert_eq!(series, [0.0, 0.0, 1.0, 1.0, 3.0, 6.0]);
        assert_eq!(flowtime_warnings_count(flowtime_ensemble_warnings(ensemble)), 0);
        assert!(taken(made(|out, e| flowtime_ensemble_describe(ensemble, out, e))).contains("3 scenarios"));
        flowtime_ensemble_free(ensemble);
    }
    assert!(counter[0] > 0);
}

#[test]
fn sweeps() {
    let plan = plan();
    let options = options(2);
    let ((c, cn), (q, qn)) = (text("c"), text("q"));
    let capacities = [1.0, 5.0];
    // SAFETY: handles are alive, texts and lists have their lengths.
    unsafe {
        let inputs = made(|out, e| flowtime_sweep_inputs_new(out, e));
        done(|e| flowtime_sweep_inputs_add(inputs, c, cn, capacities.as_ptr(), 2, e));
        let grid = flowtime_sweep_shape::GRID as i32;
        let sweep = made(|out, e| flowtime_plan_sweep(plan, inputs, grid, options, out, e));
        flowtime_sweep_inputs_free(inputs);
        flowtime_ensemble_options_free(options);
        flowtime_plan_free(plan);
        assert_eq!(flowtime_sweep_count(sweep), 2);
        assert!(flowtime_sweep_at(sweep, 2).is_null());
        assert_eq!(seen(|out, e| flowtime_sweep_numbers(sweep, c, cn, out, e)), capacities);
        let most = flowtime_statistic::MAXIMUM as i32;
        let last =
            seen(|out, e| flowtime_ensemble_statistic(flowtime_sweep_at(sweep, 1), q, qn, most, out, e));
        assert_eq!(last, [0.0; BINS]);
        flowtime_sweep_free(sweep);
    }
    assert_ne!(flowtime_scenario_seed(1, 0), flowtime_scenario_seed(1, 1));
}
