//! The example models run, and their results are what such systems do.

use crate::{files, root};
use flowtime_core::{Model, Plan, Run, RunOptions, SourceError};
use flowtime_registry::CsvSources;

fn plan(name: &str) -> Plan {
    let path = root().join("examples/models").join(name);
    let model = Model::from_yaml(&std::fs::read_to_string(&path).unwrap()).unwrap();
    let mut columns = CsvSources::beside(&path);
    let resolved = model.resolve_sources(&mut |source| match columns.resolve(source) {
        Ok(series) => Ok(series.values),
        Err(error) => Err(SourceError::new(error.to_string())),
    });
    let resolved = resolved.unwrap();
    assert!(resolved.warnings.is_empty(), "{name}: {:?}", resolved.warnings);
    resolved.model.compile().unwrap()
}

fn run(name: &str) -> Run {
    run_with(name, RunOptions::new())
}

fn run_with(name: &str, options: RunOptions) -> Run {
    let run = plan(name).run(&options).unwrap();
    assert!(run.warnings().is_empty(), "{name}: {:?}", run.warnings());
    run
}

fn series(run: &Run, id: &str) -> Vec<f64> {
    run.series(id).unwrap_or_else(|| panic!("no `{id}`")).to_vec()
}

fn sum(values: &[f64]) -> f64 {
    values.iter().sum()
}

fn max(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::MIN, f64::max)
}

#[track_caller]
fn near(a: f64, b: f64) {
    assert!((a - b).abs() <= 1e-9 * (1.0 + a.abs().max(b.abs())), "{a} is not {b}");
}

#[track_caller]
fn never_above(a: &[f64], b: &[f64]) {
    for (bin, (a, b)) in a.iter().zip(b).enumerate() {
        assert!(*a <= b + 1e-9, "{a} is above {b} in bin {bin}");
    }
}

/// What came in has left or waits, in every bin; nothing leaves faster than it can; nobody waits while
/// there is room.
#[track_caller]
fn is_a_queue(inflow: &[f64], served: &[f64], waiting: &[f64], capacity: &[f64]) {
    never_above(served, capacity);
    let (mut came, mut left) = (0.0, 0.0);
    for bin in 0..inflow.len() {
        came += inflow[bin];
        left += served[bin];
        near(came, left + waiting[bin]);
        assert!(waiting[bin] >= 0.0 && served[bin] >= -1e-9);
        assert!(waiting[bin] < 1e-9 || served[bin] >= capacity[bin] - 1e-9, "idle in bin {bin}");
    }
}

/// The time that all who came spent waiting, in bins: the first to come is the first to leave.
fn waiting_time(inflow: &[f64], served: &[f64]) -> f64 {
    let (mut total, mut first, mut left_of_first) = (0.0, 0, inflow[0]);
    for (bin, served) in served.iter().enumerate() {
        let mut served = *served;
        while first <= bin {
            let part = served.min(left_of_first);
            total += part * (bin - first) as f64;
            served -= part;
            left_of_first -= part;
            if left_of_first > 1e-9 || first == bin {
                break;
            }
            first += 1;
            left_of_first = inflow[first];
        }
        if first == bin && left_of_first <= 1e-9 && bin + 1 < inflow.len() {
            first += 1;
            left_of_first = inflow[first];
        }
    }
    total
}

/// Little's law where the line ends empty: the mean line is the rate times the mean wait, or in sums,
/// all that ever waited is all the time that was waited.
#[track_caller]
fn obeys_little(inflow: &[f64], served: &[f64], waiting: &[f64]) {
    assert!(waiting.last().unwrap().abs() < 1e-9, "the line does not end empty");
    let (line, time) = (sum(waiting), waiting_time(inflow, served));
    assert!((line - time).abs() < 1e-6 * (1.0 + line), "{line} waited, for {time}");
}

#[test]
fn waiting_times_by_hand() {
    // Five come in bin 0, two leave in each bin: 2·0 + 2·1 + 1·2, and one more who comes in bin 2: 0.
    assert_eq!(waiting_time(&[5.0, 0.0, 1.0], &[2.0, 2.0, 2.0]), 4.0);
    assert_eq!(waiting_time(&[0.0, 3.0, 0.0, 0.0], &[0.0, 1.0, 1.0, 1.0]), 3.0);
}

#[test]
fn every_model_has_a_test_and_says_what_it_is() {
    let tested = [
        "airports/airports.yaml",
        "checkout.yaml",
        "hello.yaml",
        "manufacturing.yaml",
        "retries.yaml",
        "transport-hub.yaml",
        "weekly.yaml",
    ];
    let folder = root().join("examples/models");
    let list = std::fs::read_to_string(folder.join("README.md")).unwrap();
    let mut found = Vec::new();
    for path in files(&folder, ".yaml") {
        let name = path.strip_prefix(&folder).unwrap().to_string_lossy().replace('\\', "/");
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("# "), "{name} does not begin with what it shows");
        assert!(
            text.contains(&format!("flowtime examples/models/{name}")),
            "{name} does not say how to run it"
        );
        assert!(list.contains(name.split('/').next().unwrap()), "{name} is not in README.md");
        found.push(name);
    }
    assert_eq!(found, tested);
}

#[test]
fn hello() {
    let run = run("hello.yaml");
    assert_eq!(series(&run, "backlog"), [0.0, 1.0, 7.0, 11.0, 9.0, 4.0, 0.0, 0.0]);
    let (arrivals, served) = (series(&run, "arrivals"), series(&run, "served"));
    is_a_queue(&arrivals, &served, &series(&run, "backlog"), &series(&run, "capacity"));
    obeys_little(&arrivals, &served, &series(&run, "backlog"));
}

#[test]
fn checkout() {
    for seed in [7, 8, 9] {
        let run = run_with("checkout.yaml", RunOptions::new().seed(seed));
        let (arrivals, served) = (series(&run, "arrivals"), series(&run, "served"));
        let (line, capacity) = (series(&run, "line"), series(&run, "capacity"));
        is_a_queue(&arrivals, &served, &line, &capacity);
        obeys_little(&arrivals, &served, &line);
        let tills = series(&run, "tills");
        for bin in 1..tills.len() {
            assert_eq!(tills[bin] == 6.0, line[bin - 1] > 8.0);
        }
    }
    // The extra tills are worth it.
    let (with, without) =
        (run("checkout.yaml"), run_with("checkout.yaml", RunOptions::new().input("extra_tills", 0.0)));
    assert_eq!(series(&with, "arrivals"), series(&without, "arrivals"));
    assert!(max(&series(&without, "wait")) > 2.0 * max(&series(&with, "wait")));
}

#[test]
fn retries() {
    let run = run("retries.yaml");
    let (requests, attempts) = (series(&run, "requests"), series(&run, "attempts"));
    let (handled, failed) = (series(&run, "handled"), series(&run, "failed"));
    never_above(&handled, &series(&run, "capacity"));
    for bin in 0..requests.len() {
        let again = |back: usize| if bin >= back { failed[bin - back] } else { 0.0 };
        near(attempts[bin], requests[bin] + 0.5 * again(1) + 0.4 * again(2));
    }
    // Each request is handled or given up, once all retries are done.
    near(sum(&requests), sum(&handled) + series(&run, "given_up").last().unwrap());
    // Ten minutes of overload cause more than ten minutes of errors.
    let minutes = failed.iter().filter(|failed| **failed > 0.0).count();
    assert!(minutes > 20, "{minutes}");
    let calm = run_with("retries.yaml", RunOptions::new().input("spike", 0.0));
    assert_eq!(max(&series(&calm, "failed")), 0.0);
}

#[test]
fn manufacturing() {
    let run = run("manufacturing.yaml");
    let [released, cut, pressed, packed] =
        ["released", "cut", "pressed", "packed"].map(|id| series(&run, id));
    let [at_cut, at_press, at_pack] = ["at_cut", "at_press", "at_pack"].map(|id| series(&run, id));
    never_above(&cut, &series(&run, "cut_rate"));
    never_above(&pressed, &series(&run, "press_rate"));
    never_above(&packed, &series(&run, "pack_rate"));
    never_above(&at_press, &series(&run, "press_buffer"));
    never_above(&at_pack, &series(&run, "pack_buffer"));
    for waiting in [&at_cut, &at_press, &at_pack] {
        assert!(waiting.iter().all(|parts| *parts >= -1e-9));
    }
    let (mut came, mut left) = (0.0, 0.0);
    for bin in 0..released.len() {
        came += released[bin];
        left += packed[bin];
        near(came, left + series(&run, "in_progress")[bin]);
    }
    for (bin, up) in series(&run, "press_up").iter().enumerate() {
        assert!(*up > 0.0 || pressed[bin] == 0.0, "a press that stands presses in bin {bin}");
    }
    // A larger buffer moves what waits, but the press sets the pace.
    let larger = run_with("manufacturing.yaml", RunOptions::new().input("press_buffer", 200.0));
    near(sum(&packed), sum(&series(&larger, "packed")));
    assert_eq!(max(&series(&larger, "at_cut")), 0.0);
    assert!(max(&at_cut) > 50.0);
}

#[test]
fn transport_hub() {
    let run = run("transport-hub.yaml");
    let (came, boarded) = (series(&run, "at_the_stop"), series(&run, "boarded"));
    is_a_queue(&came, &boarded, &series(&run, "waiting"), &series(&run, "bus"));
    // Whoever left a train walks, waits or is gone.
    let (mut alighted, mut gone) = (0.0, 0.0);
    for (bin, out) in series(&run, "alighting").iter().enumerate() {
        alighted += out;
        gone += boarded[bin];
        near(alighted, gone + series(&run, "waiting")[bin] + series(&run, "walking")[bin]);
    }
    assert_eq!(series(&run, "alighting").iter().filter(|out| **out > 0.0).count(), 20);
    assert_eq!(series(&run, "bus").iter().filter(|out| **out > 0.0).count(), 48);
    never_above(&series(&run, "bus_load"), &[100.0; 240]);
    let larger = run_with("transport-hub.yaml", RunOptions::new().input("seats", 70.0));
    assert!(sum(&series(&larger, "left_behind")) < 0.7 * sum(&series(&run, "left_behind")));
}

#[test]
fn weekly() {
    let run = run("weekly.yaml");
    let (opened, closed) = (series(&run, "opened"), series(&run, "closed"));
    is_a_queue(&opened, &closed, &series(&run, "open"), &series(&run, "capacity"));
    for day in 7..91 {
        near(opened[day] / opened[day - 7], flowtime_core::math::exp(7.0 * 0.0015));
        assert!(day % 7 < 5 || closed[day] == 0.0, "closed at a weekend");
    }
    let flat = run_with("weekly.yaml", RunOptions::new().input("growth", 0.0));
    // Monday alone is above the mean; nothing of it is left after three months.
    assert!((series(&flat, "trend").last().unwrap() - 200.0).abs() < 1e-6);
}

#[test]
fn airports() {
    let run = run("airports/airports.yaml");
    let mut flights = 0.0;
    let mut late = vec![0.0; 8760];
    for airport in ["EWR", "JFK", "LGA"] {
        let [scheduled, cancelled, served, waiting, rate, departed, delay] =
            ["scheduled", "cancelled", "served", "waiting", "rate", "departed", "delay"]
                .map(|what| series(&run, &format!("{airport}_{what}")));
        let ready: Vec<f64> = scheduled.iter().zip(&cancelled).map(|(s, c)| s - c).collect();
        is_a_queue(&ready, &served, &waiting, &rate);
        obeys_little(&ready, &served, &waiting);
        flights += sum(&scheduled);
        for bin in 0..8760 {
            near(delay[bin] * rate[bin] / 60.0, waiting[bin]);
            late[bin] += waiting[bin];
        }
        // What the comment at the head of the model says of the capacities.
        let capacity = series(&run, &format!("{airport}_capacity"));
        let below = departed.iter().zip(&capacity).filter(|(departed, capacity)| departed < capacity).count();
        assert!(below as f64 >= 0.98 * 8760.0, "{airport}: {below}");
        let storm = series(&run, &format!("{airport}_storm"));
        assert!(rate.iter().zip(&storm).all(|(rate, storm)| (*rate == capacity[0]) == (*storm == 0.0)));
    }
    assert_eq!(flights, 336_776.0);
    let (truth, model) = (series(&run, "late_in_truth"), series(&run, "late_in_model"));
    assert_eq!(model, late);
    // All that leaves in the model and in truth differs by what is late.
    for (bin, ahead) in series(&run, "ahead").iter().enumerate() {
        near(*ahead, truth[bin] - model[bin]);
    }
    // What README.md says of them: 4.4 on the average.
    for series in [&truth, &model] {
        assert!((sum(series) / 8760.0 - 4.4).abs() < 0.1, "{}", sum(series) / 8760.0);
    }
    let mean =
        |series: &[f64], from: usize, to: usize| sum(&series[from * 24..to * 24]) / (24 * (to - from)) as f64;
    for (what, from, to, model_is_later) in
        [("March", 59, 90, true), ("mid-December", 340, 351, true), ("June and July", 151, 212, false)]
    {
        assert_eq!(mean(&model, from, to) > mean(&truth, from, to), model_is_later, "{what}");
    }
    // In good weather all year the runways alone delay hardly anybody.
    let fine = run_with("airports/airports.yaml", RunOptions::new().input("storm_factor", 1.0));
    assert!(sum(&series(&fine, "late_in_model")) < 0.05 * sum(&model));
}
