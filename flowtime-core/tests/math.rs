//! `exp`, `ln` and `pow`: the bits they must give, how far these are from the exact results, the special cases.
//!
//! `FLOWTIME_BLESS=1` writes the bits of the present code into the files: only for new arguments, as other bits for the
//! old ones are another version of the semantics.

use std::fs;
use std::path::PathBuf;

use flowtime_core::math::{exp, exp_slice, ln, ln_slice, pow, pow_slice};
use proptest::prelude::*;

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../testdata/math").join(name)
}

fn read(name: &str) -> String {
    fs::read_to_string(file(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn from_hex(field: &str) -> f64 {
    f64::from_bits(u64::from_str_radix(field, 16).unwrap_or_else(|error| panic!("`{field}`: {error}")))
}

fn apply(function: &str, x: f64, y: f64) -> f64 {
    match function {
        "exp" => exp(x),
        "ln" => ln(x),
        "pow" => pow(x, y),
        other => panic!("no function `{other}`"),
    }
}

/// The distance from `x` to the next float64 away from 0.
fn ulp(x: f64) -> f64 {
    let size = x.abs();
    size.next_up() - size
}

/// Checks the bits of a file, and that no error exceeds `normal` ulp, or `subnormal` where the result is that.
fn check(function: &str, normal: f64, subnormal: f64) {
    let name = format!("{function}.csv");
    let bless = std::env::var_os("FLOWTIME_BLESS").is_some();
    let text = read(&name);
    let mut lines = text.lines();
    let mut blessed = format!("{}\n", lines.next().unwrap());
    let mut count = 0;
    for line in lines {
        let mut fields: Vec<String> = line.split(',').map(str::to_owned).collect();
        let n = fields.len() - 3;
        let x = from_hex(&fields[0]);
        let y = if n == 2 { from_hex(&fields[1]) } else { 0.0 };
        let result = apply(function, x, y);
        if bless {
            fields[n] = format!("{:016x}", result.to_bits());
            blessed.push_str(&fields.join(","));
            blessed.push('\n');
        } else {
            assert_eq!(
                result.to_bits(),
                from_hex(&fields[n]).to_bits(),
                "{function}({x:e}, {y:e}) = {result:e}"
            );
        }
        let exact = from_hex(&fields[n + 1]);
        let rest: f64 = fields[n + 2].parse().unwrap();
        let error = ((result - exact) / ulp(exact) - rest).abs();
        let bound = if result.is_normal() { normal } else { subnormal };
        assert!(error <= bound, "{function}({x:e}, {y:e}) = {result:e}, exact {exact:e}: {error} ulp");
        count += 1;
    }
    assert!(count >= 300, "{name} has {count} arguments");
    if bless {
        fs::write(file(&name), blessed).unwrap();
    }
}

#[test]
fn exp_gives_its_bits() {
    check("exp", 0.72, 0.86);
}

#[test]
fn ln_gives_its_bits() {
    check("ln", 0.77, 0.77);
}

#[test]
fn pow_gives_its_bits() {
    check("pow", 0.83, 0.92);
}

#[test]
fn special_cases() {
    let text = read("special.csv");
    let number = |field: &str| if field.is_empty() { 0.0 } else { field.parse::<f64>().unwrap() };
    for line in text.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let expected = number(fields[3]);
        let result = apply(fields[0], number(fields[1]), number(fields[2]));
        let same = result.to_bits() == expected.to_bits() || (result.is_nan() && expected.is_nan());
        assert!(same, "{line}: got {result:e}");
    }
}

#[test]
fn powers_of_two_are_exact() {
    for n in -1074..1024_i32 {
        let bits = if n < -1022 { 1 << (n + 1074) } else { ((n + 1023) as u64) << 52 };
        let expected = f64::from_bits(bits);
        assert_eq!(pow(2.0, n.into()), expected, "2^{n}");
        assert_eq!(pow(0.5, (-n).into()), expected, "0.5^-{n}");
        assert_eq!(pow(expected, 1.0), expected, "(2^{n})^1");
    }
}

#[test]
fn powers_of_small_integers_are_exact() {
    for base in 3..200_u64 {
        let mut power = 1_u64;
        for n in 0.. {
            assert_eq!(pow(base as f64, f64::from(n)), power as f64, "{base}^{n}");
            power *= base;
            if power >= 1 << 53 {
                break;
            }
        }
    }
}

#[test]
fn slices_have_the_bits_of_their_elements() {
    for length in [0, 1, 7, 63, 64, 65, 200] {
        let x: Vec<f64> = (0..length).map(|i| f64::from(i) * 0.37 - 3.0).collect();
        let y: Vec<f64> = (0..length).map(|i| 5.0 - f64::from(i) * 0.5).collect();
        let bits = |values: &[f64]| -> Vec<u64> {
            values.iter().map(|v| if v.is_nan() { f64::NAN.to_bits() } else { v.to_bits() }).collect()
        };
        let of = |function: &str| -> Vec<u64> {
            bits(&x.iter().zip(&y).map(|(&x, &y)| apply(function, x, y)).collect::<Vec<_>>())
        };
        let mut out = x.clone();
        exp_slice(&mut out);
        assert_eq!(bits(&out), of("exp"));
        out.copy_from_slice(&x);
        ln_slice(&mut out);
        assert_eq!(bits(&out), of("ln"));
        out.copy_from_slice(&x);
        pow_slice(&mut out, &y);
        assert_eq!(bits(&out), of("pow"));
    }
}

#[test]
fn slices_of_unequal_length_end_with_the_shorter() {
    let mut x = [2.0; 70];
    pow_slice(&mut x, &[3.0; 66]);
    assert_eq!((x[65], x[66]), (8.0, 2.0));
    let mut x = [2.0; 2];
    pow_slice(&mut x, &[3.0; 66]);
    assert_eq!(x, [8.0, 8.0]);
}

fn any_bits() -> impl Strategy<Value = f64> {
    any::<u64>().prop_map(f64::from_bits)
}

/// Whether `result` is at most the float64 next to `nearest`, the exact result rounded once.
fn next_to(result: f64, nearest: f64) -> bool {
    result == nearest || result == nearest.next_up() || result == nearest.next_down()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn the_first_power_is_the_number(x in any_bits()) {
        prop_assert!(pow(x, 1.0) == x || x.is_nan());
    }

    #[test]
    fn squares_reciprocals_and_roots_agree_with_the_operations(x in any_bits()) {
        prop_assume!(!x.is_nan());
        prop_assert!(next_to(pow(x, 2.0), x * x));
        prop_assert!(next_to(pow(x, -1.0), 1.0 / x));
        prop_assert!(next_to(pow(x.abs(), 0.5), x.abs().sqrt()));
    }

    #[test]
    fn a_square_of_a_short_number_is_exact(x in -67108864_i32..=67108864, e in -400_i32..400) {
        let x = f64::from(x) * 2.0_f64.powi(e);
        prop_assert_eq!(pow(x, 2.0), x * x);
    }

    #[test]
    fn ln_undoes_exp(x in -700.0..700.0_f64) {
        // exp's error of less than an ulp is at most 2^-52 here, and ln adds its own.
        prop_assert!((ln(exp(x)) - x).abs() <= 2.0_f64.powi(-52) + ulp(x));
    }

    #[test]
    fn nan_comes_from_nan_and_negative_numbers_alone(x in any_bits(), y in any_bits()) {
        prop_assert_eq!(exp(x).is_nan(), x.is_nan());
        prop_assert!(exp(x).is_nan() || exp(x) >= 0.0);
        prop_assert_eq!(ln(x).is_nan(), x.is_nan() || x < 0.0);
        prop_assert!(ln(x).is_nan() || x == 0.0 || x == f64::INFINITY || ln(x).abs() < 745.0);
        let power = pow(x.abs(), y);
        prop_assert_eq!(power.is_nan(), (x.is_nan() && y != 0.0) || (y.is_nan() && x.abs() != 1.0));
        prop_assert!(power.is_nan() || power >= 0.0);
    }
}
