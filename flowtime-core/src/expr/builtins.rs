//! The functions of the language: one table for parser, checker, evaluators and documentation.

/// What a parameter accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParamKind {
    /// Any expression.
    Series,
    /// A literal whole number from `least` to 2^53.
    Int {
        /// The smallest that is allowed.
        least: u64,
    },
    /// A literal number.
    Num,
    /// A literal number above 0 and at most 1.
    Fraction,
    /// A literal list of numbers, at least one of them not 0.
    Kernel,
}

/// A parameter of a function.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Param {
    /// What the documentation calls it.
    pub name: &'static str,
    /// What it accepts.
    pub kind: ParamKind,
    /// What is assumed when it is left out, in words; `None` if it must be given.
    pub default: Option<&'static str>,
}

/// Which bins of its arguments a function reads for the value of a bin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reach {
    /// The same bin.
    Bin,
    /// The same bin and earlier ones, by way of a memory of its own.
    Memory,
    /// Bins that are earlier by a number in the arguments: this function shifts time, and a
    /// reference under it may close a loop.
    Shift,
    /// All bins of the grid.
    Horizon,
}

/// A use of a function with its result, over the four bins of [`EXAMPLE_SERIES`].
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct FunctionExample {
    /// The expression.
    pub expr: &'static str,
    /// Its value in each bin.
    pub result: [f64; 4],
}

/// The series that examples are about, by name.
pub const EXAMPLE_SERIES: &[(&str, [f64; 4])] =
    &[("x", [5.0, 2.0, 8.0, 1.0]), ("y", [4.0, 0.0, -2.5, f64::NAN])];

/// What there is to know about a function.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct FunctionInfo {
    /// The function.
    pub function: Function,
    /// Its name in upper case.
    pub name: &'static str,
    /// Its parameters, the optional ones last.
    pub params: &'static [Param],
    /// The last parameter may be given any number of times.
    pub variadic: bool,
    /// Which bins it reads.
    pub reach: Reach,
    /// What it is, in one line.
    pub summary: &'static str,
    /// What it does exactly, special values included.
    pub semantics: &'static str,
    /// A use of it.
    pub example: FunctionExample,
}

impl FunctionInfo {
    /// How it is called: parameters with their kinds, optional ones in brackets.
    ///
    /// ```
    /// use flowtime_core::expr::builtins::Function;
    /// assert_eq!(Function::Shift.info().signature(), "SHIFT(x, int k [, num fill])");
    /// assert_eq!(Function::Min.info().signature(), "MIN(a, b, …)");
    /// ```
    pub fn signature(&self) -> String {
        let mut text = format!("{}(", self.name);
        for (i, param) in self.params.iter().enumerate() {
            match (i, param.default) {
                (0, None) => {}
                (0, Some(_)) => text.push('['),
                (_, None) => text.push_str(", "),
                (_, Some(_)) => text.push_str(" [, "),
            }
            match param.kind {
                ParamKind::Int { .. } => text.push_str("int "),
                ParamKind::Num | ParamKind::Fraction => text.push_str("num "),
                ParamKind::Series | ParamKind::Kernel => {}
            }
            text.push_str(param.name);
        }
        if self.variadic {
            text.push_str(", …");
        }
        let optional = self.params.iter().filter(|p| p.default.is_some()).count();
        text.push_str(&"]".repeat(optional));
        text.push(')');
        text
    }

    /// Does reading an earlier bin through it need no memory, so that a loop may close there?
    pub fn shifts_time(&self) -> bool {
        self.reach == Reach::Shift
    }

    /// The number of arguments that must be given.
    pub fn least_arguments(&self) -> usize {
        self.params.iter().filter(|p| p.default.is_none()).count()
    }

    /// May it be called with so many arguments?
    pub fn accepts(&self, arguments: usize) -> bool {
        arguments >= self.least_arguments() && (self.variadic || arguments <= self.params.len())
    }
}

const fn series(name: &'static str) -> Param {
    Param { name, kind: ParamKind::Series, default: None }
}

const fn int(name: &'static str, least: u64) -> Param {
    Param { name, kind: ParamKind::Int { least }, default: None }
}

const fn num(name: &'static str) -> Param {
    Param { name, kind: ParamKind::Num, default: None }
}

impl Param {
    const fn or(self, default: &'static str) -> Param {
        Param { name: self.name, kind: self.kind, default: Some(default) }
    }
}

const NAN: f64 = f64::NAN;

macro_rules! functions {
    ($($variant:ident $name:literal ($($param:expr),*) $($dots:ident)? : $reach:ident
       $summary:literal
       $semantics:literal
       $example:literal = [$($result:expr),*];)*) => {
        /// A built-in function.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Function {
            $(#[doc = $summary] $variant,)*
        }

        /// Every function, by name.
        pub const FUNCTIONS: &[FunctionInfo] = &[$(FunctionInfo {
            function: Function::$variant,
            name: $name,
            params: &[$($param),*],
            variadic: stringify!($($dots)?).len() > 0,
            reach: Reach::$reach,
            summary: $summary,
            semantics: $semantics,
            example: FunctionExample { expr: $example, result: [$($result),*] },
        },)*];
    };
}

functions! {
    Abs "ABS" (series("x")): Bin
        "The absolute value."
        "The sign is dropped, that of zero too. NaN stays NaN."
        "ABS(y)" = [4.0, 0.0, 2.5, NAN];
    And "AND" (series("a"), series("b")) more: Bin
        "1 where all arguments are true, else 0."
        "A value is true if it is neither 0 nor NaN. Two or more arguments; all of them are evaluated."
        "AND(x > 1, y)" = [1.0, 0.0, 1.0, 0.0];
    Bin "BIN" (): Bin
        "The number of the bin, from 0."
        "0 in the first bin, `bins - 1` in the last."
        "BIN()" = [0.0, 1.0, 2.0, 3.0];
    Ceil "CEIL" (series("x")): Bin
        "The least whole number that is not below the value."
        "Keeps the sign of zero: `CEIL(-0.4)` is -0. NaN stays NaN."
        "CEIL(y)" = [4.0, 0.0, -2.0, NAN];
    Clamp "CLAMP" (series("x"), series("lo"), series("hi")): Bin
        "The value, kept between two bounds."
        "`MIN(MAX(x, lo), hi)`: bounds in the wrong order give `hi`. NaN in any argument gives NaN."
        "CLAMP(x, 2, 6)" = [5.0, 2.0, 6.0, 2.0];
    Conv "CONV" (series("x"), Param { name: "[k0, k1, …]", kind: ParamKind::Kernel, default: None }): Shift
        "Earlier values, weighted by a kernel and added up."
        "The sum of `k_j` times x of `j` bins earlier, for j = z, z+1, … while that bin exists, added in this order to 0; z is the number of zeros at the front of the kernel. Those bins are never read, so a kernel that begins with a zero may close a loop. At least one entry is not 0."
        "CONV(x, [0, 0.5, 0.25])" = [0.0, 2.5, 2.25, 4.5];
    Cumsum "CUMSUM" (series("x")): Memory
        "The sum of all values so far."
        "Each value is added to the sum of the bin before, which starts at 0. After a NaN every sum is NaN."
        "CUMSUM(x)" = [5.0, 7.0, 15.0, 16.0];
    Ema "EMA" (series("x"), Param { name: "alpha", kind: ParamKind::Fraction, default: None }, num("init").or("the first value of `x`")): Memory
        "Exponential smoothing."
        "`alpha * x + (1 - alpha) * before`, where `before` is the result one bin earlier: `init` at first, or without `init` the first result is the first value. 0 < alpha <= 1. After a NaN every result is NaN."
        "EMA(x, 0.5)" = [5.0, 3.5, 5.75, 3.375];
    Exp "EXP" (series("x")): Bin
        "e to the power of the value."
        "Error under 1 ulp; `EXP(0)` is 1. One portable implementation: the same bits on every machine."
        "EXP(-0.5 * BIN())" = [1.0, 0.6065306597126334, 0.36787944117144233, 0.22313016014842982];
    Floor "FLOOR" (series("x")): Bin
        "The greatest whole number that is not above the value."
        "Keeps the sign of zero. NaN stays NaN."
        "FLOOR(y)" = [4.0, 0.0, -3.0, NAN];
    If "IF" (series("c"), series("a"), series("b")): Bin
        "One of two values, chosen by a condition."
        "`a` where `c` is neither 0 nor NaN, else `b`. Both are evaluated, so a division by zero is counted even in the one not chosen."
        "IF(x > 3, x, -1)" = [5.0, -1.0, 8.0, -1.0];
    Ln "LN" (series("x")): Bin
        "The natural logarithm."
        "NaN for a negative value, -inf for 0 and -0. Error under 1 ulp; `LN(1)` is 0. One portable implementation."
        "LN(x)" = [1.6094379124341003, std::f64::consts::LN_2, 2.0794415416798357, 0.0];
    Max "MAX" (series("a"), series("b")) more: Bin
        "The largest of the arguments."
        "Folded from the left; of two equal values the later one counts, which shows in the sign of zero. NaN in any argument gives NaN. Two or more arguments."
        "MAX(x, y, 3)" = [5.0, 3.0, 8.0, NAN];
    Mean "MEAN" (series("x")): Horizon
        "The mean over all bins, the same in every bin."
        "The sum from bin 0 up, divided by the number of bins. No loop may pass through it."
        "MEAN(x)" = [4.0, 4.0, 4.0, 4.0];
    Min "MIN" (series("a"), series("b")) more: Bin
        "The smallest of the arguments."
        "Folded from the left; of two equal values the later one counts, which shows in the sign of zero. NaN in any argument gives NaN. Two or more arguments."
        "MIN(x, y, 3)" = [3.0, 0.0, -2.5, NAN];
    Mod "MOD" (series("a"), series("b")): Bin
        "The remainder of a division, with the sign of the divisor."
        "Where b is 0 it is 0, even if a is NaN, and this is not counted as a division by zero. A remainder that is not 0 has the sign of b; a 0 keeps the sign of a."
        "MOD(y, 3)" = [1.0, 0.0, 0.5, NAN];
    Not "NOT" (series("a")): Bin
        "1 where the argument is not true, else 0."
        "A value is true if it is neither 0 nor NaN: `NOT` of NaN is 1."
        "NOT(y)" = [0.0, 1.0, 0.0, 1.0];
    Or "OR" (series("a"), series("b")) more: Bin
        "1 where any argument is true, else 0."
        "A value is true if it is neither 0 nor NaN. Two or more arguments; all of them are evaluated."
        "OR(x > 6, y)" = [1.0, 0.0, 1.0, 0.0];
    Pow "POW" (series("a"), series("b")): Bin
        "The first argument to the power of the second."
        "Special cases as in C: `POW(a, 0)` is 1 even for NaN, `POW(1, b)` is 1 even for NaN, `POW(0, -1)` is inf. Error under 1 ulp. One portable implementation."
        "POW(x, 2)" = [25.0, 4.0, 64.0, 1.0];
    Pulse "PULSE" (int("period", 1), int("phase", 0).or("0"), series("amplitude").or("1")): Bin
        "A value every so many bins, else 0."
        "The amplitude in the bins `phase`, `phase + period`, `phase + 2 * period` and so on, 0 in all others."
        "PULSE(2, 1, x)" = [0.0, 2.0, 0.0, 1.0];
    Queue "QUEUE" (series("inflow"), series("outflow"), num("initial").or("0")): Memory
        "What waits: all that came and could not leave yet."
        "`MAX(0, before + inflow - outflow)`, where `before` is the result one bin earlier, `initial` at first. After a NaN every result is NaN."
        "QUEUE(x, 4)" = [1.0, 0.0, 4.0, 1.0];
    RollingMax "ROLLING_MAX" (series("x"), int("n", 1)): Memory
        "The largest of the last n values."
        "Fewer than n in the first bins. NaN while a NaN is among them."
        "ROLLING_MAX(x, 2)" = [5.0, 5.0, 8.0, 8.0];
    RollingMean "ROLLING_MEAN" (series("x"), int("n", 1)): Memory
        "The mean of the last n values."
        "Their sum as in ROLLING_SUM, divided by how many there are: fewer than n in the first bins."
        "ROLLING_MEAN(x, 2)" = [5.0, 3.5, 5.0, 4.5];
    RollingMin "ROLLING_MIN" (series("x"), int("n", 1)): Memory
        "The smallest of the last n values."
        "Fewer than n in the first bins. NaN while a NaN is among them."
        "ROLLING_MIN(x, 2)" = [5.0, 2.0, 2.0, 1.0];
    RollingSum "ROLLING_SUM" (series("x"), int("n", 1)): Memory
        "The sum of the last n values."
        "Fewer than n in the first bins. Put together from blocks of n bins, so that a NaN or a huge value leaves no trace once it is out of the window."
        "ROLLING_SUM(x, 2)" = [5.0, 7.0, 10.0, 9.0];
    Round "ROUND" (series("x")): Bin
        "The nearest whole number."
        "Halves are rounded away from zero, exactly. Keeps the sign of zero: `ROUND(-0.4)` is -0. NaN stays NaN."
        "ROUND(y)" = [4.0, 0.0, -3.0, NAN];
    Shift "SHIFT" (series("x"), int("k", 0), num("fill").or("0")): Shift
        "The value of k bins earlier."
        "`fill` in the first k bins. With k of at least 1 it may close a loop."
        "SHIFT(x, 1)" = [0.0, 5.0, 2.0, 8.0];
    Sign "SIGN" (series("x")): Bin
        "-1, 0 or 1, the sign of the value."
        "0 for both zeros. NaN stays NaN."
        "SIGN(y)" = [1.0, 0.0, -1.0, NAN];
    Sqrt "SQRT" (series("x")): Bin
        "The square root."
        "NaN for a negative value; keeps the sign of zero."
        "SQRT(x - 1)" = [2.0, 1.0, 2.6457513110645907, 0.0];
    Step "STEP" (series("x"), series("threshold")): Bin
        "1 where the value has reached a threshold, else 0."
        "1 where x >= threshold; 0 if either is NaN."
        "STEP(y, 0)" = [1.0, 1.0, 0.0, 0.0];
    Sum "SUM" (series("x")): Horizon
        "The sum over all bins, the same in every bin."
        "Added from bin 0 up, starting at 0. No loop may pass through it."
        "SUM(x)" = [16.0, 16.0, 16.0, 16.0];
}

impl Function {
    /// What there is to know about it.
    pub fn info(self) -> &'static FunctionInfo {
        // The table is made in the order of the variants.
        &FUNCTIONS[self as usize]
    }

    /// Its name in upper case.
    pub fn name(self) -> &'static str {
        self.info().name
    }
}

/// The function called `name`, in upper or lower case.
///
/// ```
/// use flowtime_core::expr::builtins::{Function, lookup};
/// assert_eq!(lookup("Rolling_Sum"), Some(Function::RollingSum));
/// assert_eq!(lookup("AVERAGE"), None);
/// ```
pub fn lookup(name: &str) -> Option<Function> {
    FUNCTIONS.iter().find(|f| f.name.eq_ignore_ascii_case(name)).map(|f| f.function)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_leads_back_to_each_function() {
        assert!(FUNCTIONS.windows(2).all(|w| w[0].name < w[1].name));
        for info in FUNCTIONS {
            assert_eq!(info.function.name(), info.name);
            assert_eq!(lookup(&info.name.to_lowercase()), Some(info.function));
        }
    }

    #[test]
    fn parameters_are_in_order() {
        for info in FUNCTIONS {
            let optional = info.params.iter().position(|p| p.default.is_some());
            if let Some(first) = optional {
                assert!(info.params[first..].iter().all(|p| p.default.is_some()), "{}", info.name);
            }
            assert!(!info.variadic || optional.is_none(), "{}", info.name);
            assert!(!info.shifts_time() || matches!(info.name, "SHIFT" | "CONV"));
        }
    }

    #[test]
    fn signatures() {
        for (function, signature) in [
            (Function::Bin, "BIN()"),
            (Function::Pulse, "PULSE(int period [, int phase [, amplitude]])"),
            (Function::Conv, "CONV(x, [k0, k1, …])"),
            (Function::Ema, "EMA(x, num alpha [, num init])"),
            (Function::And, "AND(a, b, …)"),
        ] {
            assert_eq!(function.info().signature(), signature);
        }
    }
}
