//! Are all addresses of a program inside its memory? Asked once, so that the machine need not.

use crate::plan::graph::TILE;
use crate::plan::program::{Bundle, BundleStep, NO_OUT, NONE, Program, ROWS, Step, lane_block};

/// Does every address of the program have room for a tile, or a row, inside the memory?
pub(super) fn check(program: &Program) {
    let fits = |address: i32, count: usize| {
        assert!(
            address == NONE || address >= 0 && address as usize + count <= program.arena,
            "address {address} is outside the memory of {} numbers",
            program.arena
        );
    };
    for pass in &program.passes {
        for step in &pass.steps {
            check_step(program, step, &fits);
        }
    }
}

fn check_step(program: &Program, step: &Step, fits: &impl Fn(i32, usize)) {
    let out_fits =
        |out: u32| assert!(out == NO_OUT || (out as usize) < program.outs.len(), "no output {out}");
    match step {
        Step::Machine { from, to } => {
            for instruction in &program.code[*from as usize..*to as usize] {
                for at in instruction.places() {
                    match at.area {
                        0 => fits(at.offset, TILE),
                        out => out_fits(out - 1),
                    }
                }
                out_fits(instruction.out);
            }
        }
        Step::Feedback { steps, .. } => steps.iter().for_each(|step| check_step(program, step, fits)),
        Step::Bundle(number) => check_bundle(program, &program.bundles[*number as usize], fits),
        _ => {}
    }
}

fn check_bundle(program: &Program, bundle: &Bundle, fits: &impl Fn(i32, usize)) {
    let first = bundle.rows - (bundle.history * bundle.width) as i32;
    let last = bundle.rows + ((ROWS - 1) * bundle.width) as i32;
    fits(first, bundle.width);
    fits(last, bundle.width);
    fits(bundle.past, bundle.history.max(1) * bundle.width);
    fits(bundle.fixed_at, bundle.fixed.len());
    // Of every row, the first and the last decide.
    let row_fits = |address: i32, count: usize| {
        if address != NONE {
            fits(bundle.rows + address, count);
            fits(last + address, count);
        }
    };
    for export in &bundle.exports {
        row_fits(export.cell as i32 - (export.lag as usize * bundle.width) as i32, 8);
        export.to.iter().for_each(|(address, _)| fits(*address, TILE));
    }
    for import in &bundle.imports {
        fits(import.address, TILE);
        row_fits(import.cell as i32 - (import.lag as usize * bundle.width) as i32, 1);
    }
    for step in &bundle.steps {
        match step {
            BundleStep::Gather { from, to, count } => {
                row_fits(*from, *count as usize);
                row_fits(*to, *count as usize);
            }
            BundleStep::Machine { from, to, lanes } => {
                for instruction in &program.code[*from as usize..*to as usize] {
                    for at in instruction.places() {
                        let lanes = (*lanes as usize).next_multiple_of(lane_block(*lanes as usize));
                        match at.area {
                            0 => row_fits(at.offset, lanes),
                            _ => assert!(
                                at.area == 1
                                    && at.offset >= 0
                                    && at.offset as usize + lanes <= bundle.fixed.len(),
                                "cell {} of area {} is not among those that never change",
                                at.offset,
                                at.area
                            ),
                        }
                    }
                }
            }
        }
    }
}
