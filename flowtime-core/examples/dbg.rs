#![allow(missing_docs)]
#[path = "../tests/generator/mod.rs"]
mod generator;
use flowtime_core::*;
fn main() {
    let text = generator::model(118);
    let plan = Model::from_yaml(&text).unwrap().compile().unwrap();
    let n = 65;
    let p = |k: usize| if k == 16 { 1e300 } else { k as f64 };
    for m in [vec![], vec![Measure::Last], vec![Measure::Last, Measure::Maximum], vec![Measure::Maximum, Measure::Last]] {
    let mut o = EnsembleOptions::new(n).seed(1).input("MIN", 97.5).input("p0", ScenarioInput::Numbers((0..n).map(p).collect())).keep(["e8"]).statistics([]).series(0..n);
    for m in &m { o = o.measure("e8", *m); }
    let e = plan.ensemble(&o).unwrap();
    println!("{m:?} {:?} {:?}", e.measure("e8", Measure::Last).map(|x| x[16]), e.series("e8").unwrap()[(16, 64)]);
    }
    println!("{:?}", plan.run(&RunOptions::new().input("p0", 1e300).input("MIN", 97.5)).unwrap().series("e8").unwrap()[64]);
}
