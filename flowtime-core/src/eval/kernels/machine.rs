//! The vector machine: runs elementwise instructions over a block of numbers with the running
//! value in registers.
//!
//! An instruction combines the accumulator, numbers in memory and a literal, and may store the
//! result. A whole expression therefore makes one pass: what is used once never leaves the
//! registers. The same instructions run over 64 bins, over 8, over 1, and over groups of equal
//! shape side by side.

use super::lanes::Lanes;
use super::zeros::ZeroLog;
use crate::math;
use crate::plan::program::{At, Code, Instruction, NO_OUT, NONE};
use crate::rules;

/// Where an area begins: the working memory, a row of a bundle, or the present tile of an output.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Area(pub(crate) *mut f64);

// SAFETY: `Memory` uses it only while the borrow that it was made from is alive.
unsafe impl Send for Area {}
// SAFETY: as above; all uses go through `&mut Memory`.
unsafe impl Sync for Area {}

/// Runs `code` over `N · L::WIDTH` numbers.
///
/// `areas` are the working memory, or a row, and after it the outputs. `position` is where in the
/// tile, or among the lanes, the numbers begin.
///
/// # Safety
/// Every area that the instructions mention must be among `areas`, and every place in it, moved by
/// `position`, valid for that many numbers.
// Lane i of the accumulator, of memory and of what is noted belong together.
#[allow(clippy::needless_range_loop)]
#[inline(always)]
pub(crate) unsafe fn run<L: Lanes, const N: usize>(
    token: L::Token,
    code: &[Instruction],
    areas: &[Area],
    position: usize,
    zeros: &mut ZeroLog,
) {
    let zero = L::splat(token, 0.0);
    let mut acc = [zero; N];
    // SAFETY: the caller's promise covers every place.
    let pointer =
        |at: At| unsafe { areas.get_unchecked(at.area as usize).0.offset(at.offset as isize).add(position) };
    // SAFETY: as above.
    let at = |at: At, i: usize| unsafe { L::load(token, pointer(at).add(i * L::WIDTH)) };
    for m in code {
        // One arm a form: `x` and `y` are the operands in the order of the letters.
        macro_rules! av {
            ($x:ident $y:ident $e:expr) => {
                for i in 0..N {
                    let ($x, $y) = (acc[i], at(m.a, i));
                    acc[i] = $e;
                }
            };
        }
        macro_rules! va {
            ($x:ident $y:ident $e:expr) => {
                for i in 0..N {
                    let ($x, $y) = (at(m.a, i), acc[i]);
                    acc[i] = $e;
                }
            };
        }
        macro_rules! vv {
            ($x:ident $y:ident $e:expr) => {
                for i in 0..N {
                    let ($x, $y) = (at(m.a, i), at(m.b, i));
                    acc[i] = $e;
                }
            };
        }
        macro_rules! as_ {
            ($x:ident $y:ident $e:expr) => {{
                let $y = L::splat(token, m.literal);
                for i in 0..N {
                    let $x = acc[i];
                    acc[i] = $e;
                }
            }};
        }
        macro_rules! sa {
            ($x:ident $y:ident $e:expr) => {{
                let $x = L::splat(token, m.literal);
                for i in 0..N {
                    let $y = acc[i];
                    acc[i] = $e;
                }
            }};
        }
        macro_rules! vs {
            ($x:ident $y:ident $e:expr) => {{
                let $y = L::splat(token, m.literal);
                for i in 0..N {
                    let $x = at(m.a, i);
                    acc[i] = $e;
                }
            }};
        }
        macro_rules! sv {
            ($x:ident $y:ident $e:expr) => {{
                let $x = L::splat(token, m.literal);
                for i in 0..N {
                    let $y = at(m.a, i);
                    acc[i] = $e;
                }
            }};
        }
        macro_rules! one {
            ($x:ident $e:expr) => {
                for i in 0..N {
                    let $x = acc[i];
                    acc[i] = $e;
                }
            };
        }
        // Divisions note zeros: first all results, then, seldom, where the zeros are.
        macro_rules! divide {
            ($dividend:expr, $divisor:expr) => {{
                let mut divisors = [zero; N];
                let mut seen = zero.lt(zero);
                for i in 0..N {
                    let (x, y) = ($dividend(i), $divisor(i));
                    divisors[i] = y;
                    let is_zero = y.eq(zero);
                    seen = L::or(seen, is_zero);
                    acc[i] = L::select(is_zero, zero, x.quotient(y));
                }
                if L::any(seen) {
                    for (i, y) in divisors.iter().enumerate() {
                        zeros.note(m.division, L::bits(y.eq(zero)), position + i * L::WIDTH);
                    }
                }
            }};
        }
        // Two results: one is stored at once, the other one stays.
        macro_rules! take {
            ($i:ident $less:expr) => {{
                let to = match (m.out, m.dst) {
                    (NO_OUT, NONE) => None,
                    (NO_OUT, dst) => Some(pointer(At::memory(dst))),
                    (out, _) => Some(pointer(At::out(out))),
                };
                let mut less = [zero; N];
                for $i in 0..N {
                    less[$i] = $less;
                }
                for i in 0..N {
                    acc[i] = acc[i].sub(less[i]);
                }
                if let Some(to) = to {
                    for i in 0..N {
                        // SAFETY: the caller's promise.
                        unsafe { less[i].store(to.add(i * L::WIDTH)) };
                    }
                }
                continue;
            }};
        }
        match m.code {
            Code::LoadV => {
                for i in 0..N {
                    acc[i] = at(m.a, i);
                }
            }
            Code::Same => {}
            Code::LoadS => acc = [L::splat(token, m.literal); N],
            Code::AddAV => av!(x y x.add(y)),
            Code::AddAS => as_!(x y x.add(y)),
            Code::AddVV => vv!(x y x.add(y)),
            Code::AddVS => vs!(x y x.add(y)),
            Code::SubAV => av!(x y x.sub(y)),
            Code::SubAS => as_!(x y x.sub(y)),
            Code::SubVV => vv!(x y x.sub(y)),
            Code::SubVS => vs!(x y x.sub(y)),
            Code::SubVA => va!(x y x.sub(y)),
            Code::SubSA => sa!(x y x.sub(y)),
            Code::SubSV => sv!(x y x.sub(y)),
            Code::MulAV => av!(x y x.mul(y)),
            Code::MulAS => as_!(x y x.mul(y)),
            Code::MulVV => vv!(x y x.mul(y)),
            Code::MulVS => vs!(x y x.mul(y)),
            Code::AddAVS => {
                let s = L::splat(token, m.literal);
                av!(x y x.add(y.mul(s)))
            }
            Code::SubAVS => {
                let s = L::splat(token, m.literal);
                av!(x y x.sub(y.mul(s)))
            }
            Code::SubVSA => {
                let s = L::splat(token, m.literal);
                va!(x y x.mul(s).sub(y))
            }
            Code::AddAVV => {
                for i in 0..N {
                    acc[i] = acc[i].add(at(m.a, i).mul(at(m.b, i)));
                }
            }
            Code::SubAVV => {
                for i in 0..N {
                    acc[i] = acc[i].sub(at(m.a, i).mul(at(m.b, i)));
                }
            }
            Code::DivAV => divide!(|i: usize| acc[i], |i| at(m.a, i)),
            Code::DivVV => divide!(|i| at(m.a, i), |i| at(m.b, i)),
            Code::DivVA => divide!(|i| at(m.a, i), |i: usize| acc[i]),
            Code::DivSA => {
                let s = L::splat(token, m.literal);
                divide!(|_| s, |i: usize| acc[i])
            }
            Code::DivSV => {
                let s = L::splat(token, m.literal);
                divide!(|_| s, |i| at(m.a, i))
            }
            Code::DivAS => as_!(x y x.quotient(y)),
            Code::DivVS => vs!(x y x.quotient(y)),
            Code::DivZero => {
                acc = [zero; N];
                for i in 0..N {
                    zeros.note(m.division, L::bits(zero.eq(zero)), position + i * L::WIDTH);
                }
            }
            Code::MinAV => av!(x y x.min2(y)),
            Code::MinVA => va!(x y x.min2(y)),
            Code::MinVV => vv!(x y x.min2(y)),
            Code::MinAS => as_!(x y x.min2(y)),
            Code::MinVS => vs!(x y x.min2(y)),
            // A literal is never NaN, so the machine's own comparison is the whole rule.
            Code::MinSA => sa!(x y x.lower_or_b(y)),
            Code::MinSV => sv!(x y x.lower_or_b(y)),
            Code::MaxAV => av!(x y x.max2(y)),
            Code::MaxVA => va!(x y x.max2(y)),
            Code::MaxVV => vv!(x y x.max2(y)),
            Code::MaxAS => as_!(x y x.max2(y)),
            Code::MaxVS => vs!(x y x.max2(y)),
            Code::MaxSA => sa!(x y x.upper_or_b(y)),
            Code::MaxSV => sv!(x y x.upper_or_b(y)),
            Code::TakeAV => take!(i acc[i].min2(at(m.a, i))),
            Code::TakeVA => take!(i at(m.a, i).min2(acc[i])),
            Code::TakeAS => {
                let s = L::splat(token, m.literal);
                take!(i acc[i].min2(s))
            }
            Code::TakeSA => {
                let s = L::splat(token, m.literal);
                take!(i s.min2(acc[i]))
            }
            Code::LowerAV => av!(x y x.lower_or_b(y)),
            Code::LowerVA => va!(x y x.lower_or_b(y)),
            Code::LowerVV => vv!(x y x.lower_or_b(y)),
            Code::LowerAS => as_!(x y x.lower_or_b(y)),
            Code::LowerVS => vs!(x y x.lower_or_b(y)),
            Code::LowerSA => sa!(x y x.lower_or_b(y)),
            Code::LowerSV => sv!(x y x.lower_or_b(y)),
            Code::UpperAV => av!(x y x.upper_or_b(y)),
            Code::UpperVA => va!(x y x.upper_or_b(y)),
            Code::UpperVV => vv!(x y x.upper_or_b(y)),
            Code::UpperAS => as_!(x y x.upper_or_b(y)),
            Code::UpperVS => vs!(x y x.upper_or_b(y)),
            Code::UpperSA => sa!(x y x.upper_or_b(y)),
            Code::UpperSV => sv!(x y x.upper_or_b(y)),
            Code::TakeLowerAV => take!(i acc[i].lower_or_b(at(m.a, i))),
            Code::TakeLowerVA => take!(i at(m.a, i).lower_or_b(acc[i])),
            Code::TakeLowerAS => {
                let s = L::splat(token, m.literal);
                take!(i acc[i].lower_or_b(s))
            }
            Code::TakeLowerSA => {
                let s = L::splat(token, m.literal);
                take!(i s.lower_or_b(acc[i]))
            }
            Code::AtMostAV => av!(x y x.at_most_or_b(y)),
            Code::AtMostVA => va!(x y x.at_most_or_b(y)),
            Code::AtMostAS => as_!(x y x.at_most_or_b(y)),
            Code::AtMostSA => sa!(x y x.at_most_or_b(y)),
            Code::AtLeastAV => av!(x y x.at_least_or_b(y)),
            Code::AtLeastVA => va!(x y x.at_least_or_b(y)),
            Code::AtLeastAS => as_!(x y x.at_least_or_b(y)),
            Code::AtLeastSA => sa!(x y x.at_least_or_b(y)),
            Code::TakeAtMostAV => take!(i acc[i].at_most_or_b(at(m.a, i))),
            Code::TakeAtMostVA => take!(i at(m.a, i).at_most_or_b(acc[i])),
            Code::TakeAtMostAS => {
                let s = L::splat(token, m.literal);
                take!(i acc[i].at_most_or_b(s))
            }
            Code::TakeAtMostSA => {
                let s = L::splat(token, m.literal);
                take!(i s.at_most_or_b(acc[i]))
            }
            // MIN(x, k) with k neither NaN nor 0: with the operands exchanged NaN passes through,
            // and which of two equals is taken does not show.
            Code::MinAK => as_!(x y y.lower_or_b(x)),
            Code::MinVK => vs!(x y y.lower_or_b(x)),
            Code::MaxAK => as_!(x y y.upper_or_b(x)),
            Code::MaxVK => vs!(x y y.upper_or_b(x)),
            // With k = +0 it would show as -0; adding +0 turns that into the +0 that the rule wants.
            Code::MinAZ => one!(x zero.lower_or_b(x).add(zero)),
            Code::MinVZ => {
                for i in 0..N {
                    acc[i] = zero.lower_or_b(at(m.a, i)).add(zero);
                }
            }
            Code::MaxAZ => one!(x zero.upper_or_b(x).add(zero)),
            Code::MaxVZ => {
                for i in 0..N {
                    acc[i] = zero.upper_or_b(at(m.a, i)).add(zero);
                }
            }
            Code::LtAV => av!(x y L::flag(token, x.lt(y))),
            Code::LtAS => as_!(x y L::flag(token, x.lt(y))),
            Code::LtVV => vv!(x y L::flag(token, x.lt(y))),
            Code::LtVS => vs!(x y L::flag(token, x.lt(y))),
            Code::LtVA => va!(x y L::flag(token, x.lt(y))),
            Code::LtSA => sa!(x y L::flag(token, x.lt(y))),
            Code::LtSV => sv!(x y L::flag(token, x.lt(y))),
            Code::LeAV => av!(x y L::flag(token, x.le(y))),
            Code::LeAS => as_!(x y L::flag(token, x.le(y))),
            Code::LeVV => vv!(x y L::flag(token, x.le(y))),
            Code::LeVS => vs!(x y L::flag(token, x.le(y))),
            Code::LeVA => va!(x y L::flag(token, x.le(y))),
            Code::LeSA => sa!(x y L::flag(token, x.le(y))),
            Code::LeSV => sv!(x y L::flag(token, x.le(y))),
            Code::EqAV => av!(x y L::flag(token, x.eq(y))),
            Code::EqAS => as_!(x y L::flag(token, x.eq(y))),
            Code::EqVV => vv!(x y L::flag(token, x.eq(y))),
            Code::EqVS => vs!(x y L::flag(token, x.eq(y))),
            Code::NeAV => av!(x y L::flag(token, L::not(x.eq(y)))),
            Code::NeAS => as_!(x y L::flag(token, L::not(x.eq(y)))),
            Code::NeVV => vv!(x y L::flag(token, L::not(x.eq(y)))),
            Code::NeVS => vs!(x y L::flag(token, L::not(x.eq(y)))),
            Code::AndAV => av!(x y L::flag(token, L::and(x.truth(token), y.truth(token)))),
            Code::AndAS => as_!(x y L::flag(token, L::and(x.truth(token), y.truth(token)))),
            Code::OrAV => av!(x y L::flag(token, L::or(x.truth(token), y.truth(token)))),
            Code::OrAS => as_!(x y L::flag(token, L::or(x.truth(token), y.truth(token)))),
            Code::Neg => one!(x x.neg()),
            Code::Abs => one!(x x.abs()),
            Code::Sqrt => one!(x x.sqrt()),
            Code::Floor => one!(x x.floor()),
            Code::Ceil => one!(x x.ceil()),
            Code::Round => one!(x x.round()),
            Code::Sign => one!(x x.sign(token)),
            Code::Not => one!(x L::flag(token, L::not(x.truth(token)))),
            Code::SelVV => {
                for i in 0..N {
                    acc[i] = L::select(acc[i].truth(token), at(m.a, i), at(m.b, i));
                }
            }
            Code::SelVS => {
                let s = L::splat(token, m.literal);
                av!(x y L::select(x.truth(token), y, s))
            }
            Code::SelSV => {
                let s = L::splat(token, m.literal);
                av!(x y L::select(x.truth(token), s, y))
            }
            Code::SelSS => {
                let bits = |at: At| u64::from(at.offset as u32);
                let other = f64::from_bits(bits(m.a) << 32 | bits(m.b));
                let (s, other) = (L::splat(token, m.literal), L::splat(token, other));
                one!(x L::select(x.truth(token), s, other))
            }
            // Rare and long: out of line, so that the accumulators of all else stay in registers.
            Code::Exp
            | Code::Ln
            | Code::PowAV
            | Code::PowAS
            | Code::PowVA
            | Code::PowSA
            | Code::ModAV
            | Code::ModAS
            | Code::ModVA
            | Code::ModSA => {
                let mut x = [0.0f64; 64];
                let mut y = [m.literal; 64];
                let count = N * L::WIDTH;
                for i in 0..N {
                    // SAFETY: `x` has room for N·WIDTH <= 64 numbers.
                    unsafe { acc[i].store(x.as_mut_ptr().add(i * L::WIDTH)) };
                }
                if matches!(m.code, Code::PowAV | Code::PowVA | Code::ModAV | Code::ModVA) {
                    // SAFETY: the caller's promise.
                    y[..count].copy_from_slice(unsafe { std::slice::from_raw_parts(pointer(m.a), count) });
                }
                functions::<L>(token, m.code, &mut x[..count], &y[..count]);
                for i in 0..N {
                    // SAFETY: as above.
                    acc[i] = unsafe { L::load(token, x.as_ptr().add(i * L::WIDTH)) };
                }
            }
        }
        // The address is read once, as a store might change it for all that the compiler knows.
        if m.dst != NONE {
            let to = pointer(At::memory(m.dst));
            for i in 0..N {
                // SAFETY: the caller's promise.
                unsafe { acc[i].store(to.add(i * L::WIDTH)) };
            }
        }
        if m.out != NO_OUT {
            let to = pointer(At::out(m.out));
            for i in 0..N {
                // SAFETY: the caller's promise.
                unsafe { acc[i].store(to.add(i * L::WIDTH)) };
            }
        }
    }
}

/// `x` becomes the function of `x`, or of `x` and `y` in the order of the code's letters.
#[inline(never)]
fn functions<L: Lanes>(token: L::Token, code: Code, x: &mut [f64], y: &[f64]) {
    L::vectorize(
        token,
        #[inline(always)]
        || match code {
            Code::Exp => x.iter_mut().for_each(|x| *x = math::exp(*x)),
            Code::Ln => x.iter_mut().for_each(|x| *x = math::ln(*x)),
            Code::PowAV | Code::PowAS => x.iter_mut().zip(y).for_each(|(x, y)| *x = math::pow(*x, *y)),
            Code::PowVA | Code::PowSA => x.iter_mut().zip(y).for_each(|(x, y)| *x = math::pow(*y, *x)),
            Code::ModAV | Code::ModAS => x.iter_mut().zip(y).for_each(|(x, y)| *x = rules::modulo(*x, *y)),
            _ => x.iter_mut().zip(y).for_each(|(x, y)| *x = rules::modulo(*y, *x)),
        },
    );
}
