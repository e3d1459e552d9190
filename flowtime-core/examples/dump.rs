//! dump
#[path = "../tests/generator/mod.rs"]
mod generator;
fn main() {
    let a = std::env::args().nth(1).unwrap();
    let t = a.parse().map(generator::model).unwrap_or_else(|_| std::fs::read_to_string(a).unwrap());
    println!("{t}");
    let m = flowtime_core::Model::from_yaml(&t).unwrap();
    let p = m.compile().unwrap();
    p.dump();
    let r = flowtime_core::eval::reference::evaluate(&m, &Default::default());
    println!("{:?}", r.division_by_zero);
    for set in 0..2 {
        let r = p.run(&flowtime_core::RunOptions::new().instruction_set(set * 4)).unwrap();
        println!("{:?}", r.warnings());
        for (id, s) in r.iter() {
            println!("{id}: {:?}", s.to_vec());
        }
    }
}
