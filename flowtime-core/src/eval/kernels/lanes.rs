//! A few numbers side by side: what the vector machine is generic over.
//!
//! Two implementations: one number, and eight numbers on any instruction set. Every operation
//! follows the rules of [`rules`](crate::rules) in each lane, so the choice never shows in the bits.

use crate::rules;
use fearless_simd::prelude::*;
use fearless_simd::{Simd, f64x8, mask64x8};

/// `WIDTH` numbers that are computed together.
pub(crate) trait Lanes: Copy {
    /// What proves that the instructions exist.
    type Token: Copy;
    /// One truth value a lane.
    type Mask: Copy;
    /// How many numbers.
    const WIDTH: usize;

    /// Runs `f`, which must be marked for inlining, with the instructions switched on.
    fn vectorize<R>(token: Self::Token, f: impl FnOnce() -> R) -> R;

    fn splat(token: Self::Token, x: f64) -> Self;
    /// # Safety
    /// `WIDTH` numbers must be readable at `from`.
    unsafe fn load(token: Self::Token, from: *const f64) -> Self;
    /// # Safety
    /// `WIDTH` numbers must be writable at `to`.
    unsafe fn store(self, to: *mut f64);

    fn add(self, b: Self) -> Self;
    fn sub(self, b: Self) -> Self;
    fn mul(self, b: Self) -> Self;
    /// Plain IEEE division.
    fn quotient(self, b: Self) -> Self;
    fn neg(self) -> Self;
    fn abs(self) -> Self;
    fn sqrt(self) -> Self;
    fn floor(self) -> Self;
    fn ceil(self) -> Self;
    fn round(self) -> Self;
    /// `a < b ? a : b`: the smaller, and `b` where they are equal or either is NaN.
    fn lower_or_b(self, b: Self) -> Self;
    /// `a > b ? a : b`: the greater, and `b` where they are equal or either is NaN.
    fn upper_or_b(self, b: Self) -> Self;

    fn lt(self, b: Self) -> Self::Mask;
    fn le(self, b: Self) -> Self::Mask;
    fn eq(self, b: Self) -> Self::Mask;
    fn and(a: Self::Mask, b: Self::Mask) -> Self::Mask;
    fn or(a: Self::Mask, b: Self::Mask) -> Self::Mask;
    fn not(a: Self::Mask) -> Self::Mask;
    fn any(a: Self::Mask) -> bool;
    /// Bit i is lane i.
    fn bits(a: Self::Mask) -> u64;
    fn select(mask: Self::Mask, a: Self, b: Self) -> Self;

    /// `a <= b ? a : b`: the smaller, `a` where they are equal, and `b` where either is NaN.
    #[inline(always)]
    fn at_most_or_b(self, b: Self) -> Self {
        Self::select(self.le(b), self, b)
    }

    /// `a >= b ? a : b`: the greater, `a` where they are equal, and `b` where either is NaN.
    #[inline(always)]
    fn at_least_or_b(self, b: Self) -> Self {
        Self::select(b.le(self), self, b)
    }

    /// [`rules::min2`].
    #[inline(always)]
    fn min2(self, b: Self) -> Self {
        Self::select(self.eq(self), self.lower_or_b(b), self)
    }

    /// [`rules::max2`].
    #[inline(always)]
    fn max2(self, b: Self) -> Self {
        Self::select(self.eq(self), self.upper_or_b(b), self)
    }

    /// [`rules::truth`].
    #[inline(always)]
    fn truth(self, token: Self::Token) -> Self::Mask {
        Self::splat(token, 0.0).lt(self.abs())
    }

    /// 1 or 0.
    #[inline(always)]
    fn flag(token: Self::Token, mask: Self::Mask) -> Self {
        Self::select(mask, Self::splat(token, 1.0), Self::splat(token, 0.0))
    }

    /// [`rules::sign`].
    #[inline(always)]
    fn sign(self, token: Self::Token) -> Self {
        let zero = Self::splat(token, 0.0);
        let negative = Self::select(self.lt(zero), Self::splat(token, -1.0), zero);
        let signed = Self::select(zero.lt(self), Self::splat(token, 1.0), negative);
        Self::select(self.eq(self), signed, self)
    }
}

impl Lanes for f64 {
    type Token = ();
    type Mask = bool;
    const WIDTH: usize = 1;

    #[inline(always)]
    fn vectorize<R>(_: (), f: impl FnOnce() -> R) -> R {
        f()
    }
    #[inline(always)]
    fn splat(_: (), x: f64) -> f64 {
        x
    }
    #[inline(always)]
    unsafe fn load(_: (), from: *const f64) -> f64 {
        // SAFETY: the caller's promise.
        unsafe { *from }
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f64) {
        // SAFETY: the caller's promise.
        unsafe { *to = self }
    }
    #[inline(always)]
    fn add(self, b: f64) -> f64 {
        self + b
    }
    #[inline(always)]
    fn sub(self, b: f64) -> f64 {
        self - b
    }
    #[inline(always)]
    fn mul(self, b: f64) -> f64 {
        self * b
    }
    #[inline(always)]
    fn quotient(self, b: f64) -> f64 {
        self / b
    }
    #[inline(always)]
    fn neg(self) -> f64 {
        -self
    }
    #[inline(always)]
    fn abs(self) -> f64 {
        f64::abs(self)
    }
    #[inline(always)]
    fn sqrt(self) -> f64 {
        f64::sqrt(self)
    }
    #[inline(always)]
    fn floor(self) -> f64 {
        f64::floor(self)
    }
    #[inline(always)]
    fn ceil(self) -> f64 {
        f64::ceil(self)
    }
    #[inline(always)]
    fn round(self) -> f64 {
        rules::round(self)
    }
    #[inline(always)]
    fn lower_or_b(self, b: f64) -> f64 {
        if self < b { self } else { b }
    }
    #[inline(always)]
    fn upper_or_b(self, b: f64) -> f64 {
        if self > b { self } else { b }
    }
    #[inline(always)]
    fn lt(self, b: f64) -> bool {
        self < b
    }
    #[inline(always)]
    fn le(self, b: f64) -> bool {
        self <= b
    }
    #[inline(always)]
    fn eq(self, b: f64) -> bool {
        self == b
    }
    #[inline(always)]
    fn and(a: bool, b: bool) -> bool {
        a & b
    }
    #[inline(always)]
    fn or(a: bool, b: bool) -> bool {
        a | b
    }
    #[inline(always)]
    fn not(a: bool) -> bool {
        !a
    }
    #[inline(always)]
    fn any(a: bool) -> bool {
        a
    }
    #[inline(always)]
    fn bits(a: bool) -> u64 {
        u64::from(a)
    }
    #[inline(always)]
    fn select(mask: bool, a: f64, b: f64) -> f64 {
        if mask { a } else { b }
    }
}

impl<S: Simd> Lanes for f64x8<S> {
    type Token = S;
    type Mask = mask64x8<S>;
    const WIDTH: usize = 8;

    #[inline(always)]
    fn vectorize<R>(token: S, f: impl FnOnce() -> R) -> R {
        token.vectorize(f)
    }
    #[inline(always)]
    fn splat(token: S, x: f64) -> Self {
        token.splat_f64x8(x)
    }
    #[inline(always)]
    unsafe fn load(token: S, from: *const f64) -> Self {
        // SAFETY: the caller's promise; f64 has no invalid bits.
        let numbers = unsafe { std::slice::from_raw_parts(from, 8) };
        SimdBase::from_slice(token, numbers)
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f64) {
        // SAFETY: the caller's promise.
        let numbers = unsafe { std::slice::from_raw_parts_mut(to, 8) };
        self.store_slice(numbers);
    }
    #[inline(always)]
    fn add(self, b: Self) -> Self {
        self + b
    }
    #[inline(always)]
    fn sub(self, b: Self) -> Self {
        self - b
    }
    #[inline(always)]
    fn mul(self, b: Self) -> Self {
        self * b
    }
    #[inline(always)]
    fn quotient(self, b: Self) -> Self {
        self / b
    }
    #[inline(always)]
    fn neg(self) -> Self {
        -self
    }
    #[inline(always)]
    fn abs(self) -> Self {
        self.token().abs_f64x8(self)
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        self.token().sqrt_f64x8(self)
    }
    #[inline(always)]
    fn floor(self) -> Self {
        self.token().floor_f64x8(self)
    }
    #[inline(always)]
    fn ceil(self) -> Self {
        self.token().ceil_f64x8(self)
    }
    #[inline(always)]
    fn round(self) -> Self {
        let token = self.token();
        let whole = token.trunc_f64x8(self);
        let away = token.splat_f64x8(0.5).simd_le(token.abs_f64x8(self - whole));
        let step = token.select_f64x8(away, token.splat_f64x8(1.0), token.splat_f64x8(0.0));
        whole + step.copysign(self)
    }
    #[inline(always)]
    fn lower_or_b(self, b: Self) -> Self {
        // MINPD is exactly this rule; elsewhere the library's `min` may follow another.
        if cfg!(any(target_arch = "x86", target_arch = "x86_64")) {
            self.token().min_f64x8(self, b)
        } else {
            self.token().select_f64x8(self.simd_lt(b), self, b)
        }
    }
    #[inline(always)]
    fn upper_or_b(self, b: Self) -> Self {
        // MAXPD is exactly this rule; elsewhere the library's `max` may follow another.
        if cfg!(any(target_arch = "x86", target_arch = "x86_64")) {
            self.token().max_f64x8(self, b)
        } else {
            self.token().select_f64x8(self.simd_gt(b), self, b)
        }
    }
    #[inline(always)]
    fn lt(self, b: Self) -> Self::Mask {
        self.simd_lt(b)
    }
    #[inline(always)]
    fn le(self, b: Self) -> Self::Mask {
        self.simd_le(b)
    }
    #[inline(always)]
    fn eq(self, b: Self) -> Self::Mask {
        self.simd_eq(b)
    }
    #[inline(always)]
    fn and(a: Self::Mask, b: Self::Mask) -> Self::Mask {
        a & b
    }
    #[inline(always)]
    fn or(a: Self::Mask, b: Self::Mask) -> Self::Mask {
        a | b
    }
    #[inline(always)]
    fn not(a: Self::Mask) -> Self::Mask {
        !a
    }
    #[inline(always)]
    fn any(a: Self::Mask) -> bool {
        a.any_true()
    }
    #[inline(always)]
    fn bits(a: Self::Mask) -> u64 {
        a.to_bitmask()
    }
    #[inline(always)]
    fn select(mask: Self::Mask, a: Self, b: Self) -> Self {
        a.token().select_f64x8(mask, a, b)
    }
}
