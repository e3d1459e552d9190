//! The catalogue of diagnostics: one table that the code, the documentation and `explain` share.

/// How bad a diagnostic is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Probably not what was meant; the model still runs.
    Warning,
    /// The model cannot be used.
    Error,
}

impl Severity {
    /// The word shown to people and written in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// The stage of validation in which a diagnostic is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Tier {
    /// The document's structure and values.
    Schema,
    /// Names, types, cycles.
    Compile,
    /// What can only be seen by evaluating.
    Analyse,
    /// What a careful reader would remark on.
    Lint,
}

impl Tier {
    /// The word shown to people and written in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Tier::Schema => "schema",
            Tier::Compile => "compile",
            Tier::Analyse => "analyse",
            Tier::Lint => "lint",
        }
    }
}

/// What the catalogue says about one code.
#[derive(Debug)]
#[non_exhaustive]
pub struct CodeInfo {
    /// The number, written `FT` and four digits.
    pub number: u16,
    /// A short name in kebab case.
    pub name: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// When it is found.
    pub tier: Tier,
    /// What it means and what to do, in a few sentences.
    pub explanation: &'static str,
    /// A small document, or part of one, that causes it.
    pub example: &'static str,
}

// Examples are documents. Most differ from a good one in their nodes only.
macro_rules! example {
    (document $text:literal) => {
        $text
    };
    (template $text:literal) => {
        concat!(
            "schemaVersion: 1\nmetadata: {id: desk, title: A desk, version: 1.0.0}\n",
            "grid: {bins: 4, binSize: 1, binUnit: hours}\n",
            $text
        )
    };
    (remark $text:literal) => {
        concat!(
            "schemaVersion: 1\ngrid: {bins: 4, binSize: 1, binUnit: hours}\n",
            "metadata: {id: desk, title: A desk, version: 1.0.0, ",
            $text
        )
    };
    (nodes $text:literal) => {
        concat!("schemaVersion: 1\ngrid: {bins: 4, binSize: 1, binUnit: hours}\nnodes:\n", $text)
    };
}

macro_rules! catalogue {
    ($($variant:ident = $number:literal $name:literal $severity:ident $tier:ident
       $explanation:literal
       $form:ident $example:literal;)*) => {
        /// A kind of diagnostic. Its number never changes meaning.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        #[repr(u16)]
        pub enum Code {
            $(#[doc = $explanation] $variant = $number,)*
        }

        impl Code {
            /// Every code, by number.
            pub const ALL: &[Code] = &[$(Code::$variant,)*];

            /// What the catalogue says about it.
            pub fn info(self) -> &'static CodeInfo {
                match self {
                    $(Code::$variant => &CodeInfo {
                        number: $number,
                        name: $name,
                        severity: Severity::$severity,
                        tier: Tier::$tier,
                        explanation: $explanation,
                        example: example!($form $example),
                    },)*
                }
            }
        }
    };
}

// Numbers: 00xx document and YAML, 01xx grid, 02xx nodes and values, 03xx expressions,
// 04xx names and cycles, 05xx PMFs, 06xx outputs, 07xx inputs and sources, 08xx limits, 09xx runs,
// 10xx templates, 11xx remarks of `lint`, 12xx bundles.
catalogue! {
    YamlSyntax = 1 "yaml-syntax" Error Schema
        "The text is not YAML from here on. Check indentation, quotes and brackets near the place."
        document "schemaVersion: 1\ngrid: {bins: 4, binSize: 1, binUnit: hours\nnodes: []\n";
    NotAMapping = 2 "not-a-mapping" Error Schema
        "A mapping (`key: value` lines) was expected here and something else was found."
        document "schemaVersion: 1\ngrid: 4 hours\nnodes:\n  - {id: a, kind: const, values: 1}\n";
    EmptyDocument = 3 "empty-document" Error Schema
        "The document has no content. The smallest model has `schemaVersion`, `grid` and one node."
        document "# nothing but a comment\n";
    NotUtf8 = 4 "not-utf-8" Error Schema
        "A document is UTF-8 text, and these bytes are not. Save the file as UTF-8."
        document "café: saved in another encoding\n";
    DuplicateKey = 5 "duplicate-key" Error Schema
        "A mapping has the same key twice. One of the two would be lost, so neither is taken for granted: keep one."
        nodes "  - id: a\n    kind: const\n    values: 1\n    values: 2\n";
    UnknownKey = 6 "unknown-key" Error Schema
        "The key means nothing here. It may be misspelt, stand at the wrong level, or belong to another kind of node."
        nodes "  - {id: a, kind: const, value: 1}\n";
    MissingKey = 7 "missing-key" Error Schema
        "A key that is required is not there, or has no value."
        nodes "  - {id: a, values: 1}\n";
    WrongType = 8 "wrong-type" Error Schema
        "The value is of another type than the key wants. Mind that a quoted number is a text, and that `true`, `null` and `1` are not texts unless quoted."
        nodes "  - {id: a, kind: const, values: \"12\"}\n";
    YamlTag = 9 "yaml-tag" Error Schema
        "YAML tags such as `!!str` are not allowed in a model."
        nodes "  - {id: a, kind: const, values: !!float 1}\n";
    MergeKey = 10 "merge-key" Error Schema
        "The merge key `<<` of YAML 1.1 is not part of YAML 1.2. Write the keys out; whole values may be shared with anchors and aliases."
        nodes "  - &base {id: a, kind: const, values: 1}\n  - {<<: *base, id: b}\n";
    SecondDocument = 11 "second-document" Error Schema
        "A file holds one model; a second document begins here."
        nodes "  - {id: a, kind: const, values: 1}\n---\nschemaVersion: 1\n";
    YamlKey = 12 "yaml-key" Error Schema
        "A key is a list, a mapping, or missing altogether. Keys are texts."
        nodes "  - {id: a, kind: const, values: 1, metadata: {[x, y]: 1}}\n";
    UnknownAlias = 13 "unknown-alias" Error Schema
        "An alias `*name` needs an anchor `&name` before it, outside of itself."
        nodes "  - {id: a, kind: const, values: *load}\n";
    LegacyKey = 14 "legacy-key" Error Schema
        "The key belongs to an older form of the document. The message names what replaces it; `flowtime migrate` rewrites the file."
        document "schemaVersion: 1\ngrid: {bins: 4, binMinutes: 60}\nnodes:\n  - {id: a, kind: const, values: 1}\n";
    MissingSchemaVersion = 15 "missing-schema-version" Error Schema
        "The document does not say which form it has. Add `schemaVersion: 1` as its first line."
        document "grid: {bins: 4, binSize: 1, binUnit: hours}\nnodes:\n  - {id: a, kind: const, values: 1}\n";
    UnsupportedSchemaVersion = 16 "unsupported-schema-version" Error Schema
        "The document has a form that this version does not know; only `schemaVersion: 1` exists."
        document "schemaVersion: 2\ngrid: {bins: 4, binSize: 1, binUnit: hours}\nnodes:\n  - {id: a, kind: const, values: 1}\n";
    ReservedSection = 17 "reserved-section" Error Schema
        "The section is reserved for flow networks, which are not evaluated yet. Remove it, or ask for it to be ignored."
        document "schemaVersion: 1\ngrid: {bins: 4, binSize: 1, binUnit: hours}\nnodes:\n  - {id: a, kind: const, values: 1}\ntopology: {}\n";
    ReservedSectionIgnored = 18 "reserved-section-ignored" Warning Schema
        "A reserved section is ignored, as asked for. It has no influence on the results."
        document "schemaVersion: 1\ngrid: {bins: 4, binSize: 1, binUnit: hours}\nnodes:\n  - {id: a, kind: const, values: 1}\ntopology: {}\n";
    UnknownRngKind = 19 "unknown-rng-kind" Error Schema
        "The only random number generator is `pcg32`."
        document "schemaVersion: 1\ngrid: {bins: 4, binSize: 1, binUnit: hours}\nnodes:\n  - {id: a, kind: const, values: 1}\nrng: {kind: mt19937}\n";
    InvalidSeed = 20 "invalid-seed" Error Schema
        "A seed in a document is a whole number from 0 to 2147483647."
        document "schemaVersion: 1\ngrid: {bins: 4, binSize: 1, binUnit: hours}\nnodes:\n  - {id: a, kind: const, values: 1}\nrng: {seed: 2147483648}\n";
    InvalidBins = 101 "invalid-bins" Error Schema
        "`bins` is the number of bins of the grid: a whole number, at least 1."
        document "schemaVersion: 1\ngrid: {bins: 0, binSize: 1, binUnit: hours}\nnodes:\n  - {id: a, kind: const, values: 1}\n";
    InvalidBinSize = 102 "invalid-bin-size" Error Schema
        "`binSize` is a whole number from 1 to 1000, in the unit that `binUnit` names."
        document "schemaVersion: 1\ngrid: {bins: 4, binSize: 1001, binUnit: hours}\nnodes:\n  - {id: a, kind: const, values: 1}\n";
    UnknownBinUnit = 103 "unknown-bin-unit" Error Schema
        "`binUnit` is one of `minutes`, `hours`, `days`, `weeks`."
        document "schemaVersion: 1\ngrid: {bins: 4, binSize: 1, binUnit: month}\nnodes:\n  - {id: a, kind: const, values: 1}\n";
    InvalidStart = 104 "invalid-start" Error Schema
        "`start` is the time at which bin 0 starts, in UTC: `2026-01-05T00:00:00Z`."
        document "schemaVersion: 1\ngrid: {bins: 4, binSize: 1, binUnit: hours, start: 2026-02-30}\nnodes:\n  - {id: a, kind: const, values: 1}\n";
    GridTooLong = 105 "grid-too-long" Error Schema
        "The grid would go on beyond the year 9999, which no calendar type holds."
        document "schemaVersion: 1\ngrid: {bins: 60000, binSize: 1, binUnit: weeks, start: 9000-01-01T00:00:00Z}\nnodes:\n  - {id: a, kind: const, values: 1}\n";
    NoNodes = 201 "no-nodes" Error Schema
        "A model has at least one node."
        document "schemaVersion: 1\ngrid: {bins: 4, binSize: 1, binUnit: hours}\nnodes: []\n";
    InvalidId = 202 "invalid-id" Error Schema
        "An id is letters, digits and underscores, does not start with a digit, and has at most 128 characters."
        nodes "  - {id: arrival-rate, kind: const, values: 1}\n";
    DuplicateId = 203 "duplicate-id" Error Schema
        "Two nodes have the same id. Ids are unique; upper and lower case differ."
        nodes "  - {id: a, kind: const, values: 1}\n  - {id: a, kind: const, values: 2}\n";
    UnknownKind = 204 "unknown-kind" Error Schema
        "A node is of kind `const`, `expr` or `pmf`."
        nodes "  - {id: a, kind: constant, values: 1}\n";
    ValuesAndSource = 205 "values-and-source" Error Schema
        "A const node gets its numbers from `values` or from `source`, not from both."
        nodes "  - {id: a, kind: const, values: 1, source: load.csv#a}\n";
    NotFinite = 206 "not-finite" Error Schema
        "Numbers are finite. In the values of a const node `.nan` marks a missing value; there is no place for an infinity."
        nodes "  - {id: a, kind: const, values: [1, .inf, 3, 4]}\n";
    ConstLength = 207 "const-length" Error Schema
        "The number of values does not fit the number of bins. One value goes into every bin; a list whose length divides the number of bins can be repeated or stretched."
        nodes "  - {id: a, kind: const, values: [1, 2, 3]}\n";
    ConstRepeated = 208 "const-repeated" Warning Schema
        "The list is shorter than the grid and is laid end to end. Say so with `policy: repeat`, or hold each value longer with `policy: stretch`."
        nodes "  - {id: a, kind: const, values: [1, 2]}\n";
    UnknownPolicy = 209 "unknown-policy" Error Schema
        "The policy of a const node is `repeat`, `stretch` or `error`."
        nodes "  - {id: a, kind: const, values: [1, 2], policy: cycle}\n";
    ConstPolicy = 210 "const-policy" Error Schema
        "With `policy: error` a const node has exactly one value for each bin."
        nodes "  - {id: a, kind: const, values: [1, 2], policy: error}\n";
    ExprSyntax = 301 "expression-syntax" Error Schema
        "The expression breaks off or has something where it cannot be."
        nodes "  - {id: a, kind: const, values: 1}\n  - {id: b, kind: expr, expr: 'a +'}\n";
    UnknownFunction = 302 "unknown-function" Error Schema
        "No function has this name. Node names are not followed by a parenthesis."
        nodes "  - {id: a, kind: const, values: 1}\n  - {id: b, kind: expr, expr: 'FLOR(a)'}\n";
    WrongArity = 303 "wrong-arity" Error Schema
        "The function wants another number of arguments."
        nodes "  - {id: a, kind: const, values: 1}\n  - {id: b, kind: expr, expr: 'CLAMP(a, 1)'}\n";
    BadArgument = 304 "bad-argument" Error Schema
        "An argument is not what the function wants: a literal where it must be known beforehand, and within its range."
        nodes "  - {id: a, kind: const, values: 1}\n  - {id: b, kind: expr, expr: 'SHIFT(a, -1)'}\n";
    NumberOverflow = 305 "number-overflow" Error Schema
        "The number is too large for a 64 bit floating point number (about 1.8e308)."
        nodes "  - {id: a, kind: const, values: 1}\n  - {id: b, kind: expr, expr: 'a * 1e999'}\n";
    ExprTooLong = 306 "expression-too-long" Error Schema
        "The expression is longer than the limit (64 KiB). Split it over several nodes."
        nodes "  - {id: a, kind: const, values: 1}\n  - {id: b, kind: expr, expr: 'a + a'}\n";
    ExprTooDeep = 307 "expression-too-deep" Error Schema
        "Parentheses, calls and unary signs are nested deeper than the limit (256 levels). Split the expression over several nodes."
        nodes "  - {id: a, kind: const, values: 1}\n  - {id: b, kind: expr, expr: '((a))'}\n";
    BadKernel = 308 "bad-kernel" Error Schema
        "The kernel of a CONV is a list of literal numbers, at least one of them not 0, and no longer than the limit."
        nodes "  - {id: a, kind: const, values: 1}\n  - {id: b, kind: expr, expr: 'CONV(a, [])'}\n";
    UnknownName = 401 "unknown-name" Error Compile
        "The expression refers to a node that does not exist. Upper and lower case differ."
        nodes "  - {id: a, kind: const, values: 1}\n  - {id: b, kind: expr, expr: 'arrivals * 2'}\n";
    SameBinCycle = 402 "same-bin-cycle" Error Compile
        "Nodes depend on each other within one and the same bin, so none can be computed first. Put a `SHIFT` of at least 1 somewhere into the loop."
        nodes "  - {id: x, kind: expr, expr: y + 1}\n  - {id: y, kind: expr, expr: x * 2}\n";
    WholeHorizonCycle = 403 "whole-horizon-cycle" Error Compile
        "A `SUM` or `MEAN` over the whole horizon needs every bin of a series that itself depends on the result. No `SHIFT` can help there."
        nodes "  - {id: b, kind: expr, expr: 'SHIFT(SUM(b), 1) + 1'}\n";
    PmfLengths = 501 "pmf-lengths" Error Schema
        "Each value of a PMF has one probability, so both lists are of the same length."
        nodes "  - {id: a, kind: pmf, pmf: {values: [1, 2], probabilities: [1]}}\n";
    PmfEmpty = 502 "pmf-empty" Error Schema
        "A PMF has at least one value."
        nodes "  - {id: a, kind: pmf, pmf: {values: [], probabilities: []}}\n";
    PmfProbability = 503 "pmf-probability" Error Schema
        "A probability is a finite number that is not negative."
        nodes "  - {id: a, kind: pmf, pmf: {values: [1, 2], probabilities: [1.5, -0.5]}}\n";
    PmfSum = 504 "pmf-sum" Error Schema
        "The probabilities add up to 0, or to more than a number can hold, so they cannot be scaled to 1."
        nodes "  - {id: a, kind: pmf, pmf: {values: [1, 2], probabilities: [0, 0]}}\n";
    PmfScaled = 505 "pmf-scaled" Warning Schema
        "The probabilities do not add up to 1 and are divided by their sum."
        nodes "  - {id: a, kind: pmf, pmf: {values: [1, 2], probabilities: [1, 3]}}\n";
    UnknownPmfPolicy = 506 "unknown-pmf-policy" Error Schema
        "The policy of a PMF is `sample`, `expected`, `repeat` or `error`."
        nodes "  - {id: a, kind: pmf, pmf: {values: [1, 2], probabilities: [0.5, 0.5], policy: stretch}}\n";
    TwoPolicies = 507 "two-policies" Error Schema
        "The policy stands on the node and inside `pmf`, and the two differ."
        nodes "  - {id: a, kind: pmf, policy: sample, pmf: {values: [1], probabilities: [1], policy: expected}}\n";
    PmfAlignment = 508 "pmf-alignment" Error Schema
        "The values do not fit the grid under this policy: `repeat` wants a length that divides the number of bins, `error` one value for each bin."
        nodes "  - {id: a, kind: pmf, pmf: {values: [1, 2, 3], probabilities: [0.2, 0.3, 0.5], policy: repeat}}\n";
    PmfValue = 509 "pmf-value" Error Schema
        "A key of a PMF that is written as a mapping is a finite number."
        nodes "  - {id: a, kind: pmf, pmf: {low: 0.5, high: 0.5}}\n";
    DuplicatePmfValue = 510 "duplicate-pmf-value" Error Schema
        "Two keys of a PMF that is written as a mapping are the same number."
        nodes "  - {id: a, kind: pmf, pmf: {\"80\": 0.5, \"80.0\": 0.5}}\n";
    UnknownSeries = 601 "unknown-series" Error Schema
        "An output names a node that does not exist."
        document "schemaVersion: 1\ngrid: {bins: 4, binSize: 1, binUnit: hours}\nnodes:\n  - {id: a, kind: const, values: 1}\noutputs:\n  - {series: b}\n";
    InvalidFileName = 602 "invalid-file-name" Error Schema
        "`as` is a bare file name that ends in `.csv` and is allowed on every system: no folders, no `..`, no control characters, at most 255 bytes, none of the names that Windows keeps for devices."
        document "schemaVersion: 1\ngrid: {bins: 4, binSize: 1, binUnit: hours}\nnodes:\n  - {id: a, kind: const, values: 1}\noutputs:\n  - {series: a, as: ../a.csv}\n";
    DuplicateFileName = 603 "duplicate-file-name" Error Schema
        "Two outputs would be written to the same file. Many systems do not tell upper from lower case, so neither does this check."
        document "schemaVersion: 1\ngrid: {bins: 4, binSize: 1, binUnit: hours}\nnodes:\n  - {id: a, kind: const, values: 1}\noutputs:\n  - {series: a}\n  - {series: a, as: A.csv}\n";
    DuplicateRest = 604 "duplicate-rest" Error Schema
        "`series: \"*\"` stands for all other nodes and can be there once."
        document "schemaVersion: 1\ngrid: {bins: 4, binSize: 1, binUnit: hours}\nnodes:\n  - {id: a, kind: const, values: 1}\noutputs:\n  - {series: '*'}\n  - {series: '*'}\n";
    RestWithName = 605 "rest-with-name" Error Schema
        "`series: \"*\"` stands for many series, so it cannot have one file name."
        document "schemaVersion: 1\ngrid: {bins: 4, binSize: 1, binUnit: hours}\nnodes:\n  - {id: a, kind: const, values: 1}\noutputs:\n  - {series: '*', as: all.csv}\n";
    SourceFailed = 701 "source-failed" Error Schema
        "The values that `source` names could not be had. The message is the host's."
        nodes "  - {id: a, kind: const, source: 'missing.csv#a'}\n";
    SourceNotFinite = 702 "source-not-finite" Error Schema
        "The values that `source` names contain an infinity; numbers are finite or missing."
        nodes "  - {id: a, kind: const, source: 'infinite.csv#a'}\n";
    DocumentTooLarge = 801 "document-too-large" Error Schema
        "The document has more bytes than the limit (64 MiB). Keep long series in files and name them with `source`."
        nodes "  - {id: a, kind: const, values: 1}\n";
    TooManyAliases = 802 "too-many-aliases" Error Schema
        "Anchors and aliases expand to more values than the limit."
        nodes "  - {id: a, kind: const, values: &v [1, 2, 3, 4]}\n  - {id: b, kind: const, values: *v}\n";
    NestedTooDeep = 803 "nested-too-deep" Error Schema
        "Lists and mappings are nested deeper than the limit (64 levels)."
        nodes "  - {id: a, kind: const, values: 1, metadata: {x: [[[[1]]]]}}\n";
    TooManyNodes = 804 "too-many-nodes" Error Schema
        "The model has more nodes than the limit (100 000)."
        nodes "  - {id: a, kind: const, values: 1}\n  - {id: b, kind: const, values: 1}\n  - {id: c, kind: const, values: 1}\n";
    TooManyBins = 805 "too-many-bins" Error Schema
        "The grid has more bins than the limit (10 000 000)."
        document "schemaVersion: 1\ngrid: {bins: 10000001, binSize: 1, binUnit: hours}\nnodes:\n  - {id: a, kind: const, values: 1}\n";
    TooManyProblems = 806 "too-many-problems" Error Schema
        "There are more problems than are worth listing; the first ones are. Correct them and try again."
        nodes "  - {id: a, kind: const, values: [x, x, x, x]}\n";
    FormulasTooLong = 807 "formulas-too-long" Error Schema
        "The expressions of the model have more bytes together than the limit (16 MiB)."
        nodes "  - {id: a, kind: expr, expr: 1 + 2}\n  - {id: b, kind: expr, expr: a * a}\n  - {id: c, kind: expr, expr: b * b}\n";
    DivisionByZero = 901 "division-by-zero" Warning Analyse
        "A node divided by zero. The result of such a division is 0, whatever is divided."
        nodes "  - {id: a, kind: const, values: [4, 0, 2, 0]}\n  - {id: b, kind: expr, expr: 8 / a}\n";
    NotFiniteResult = 902 "not-finite-result" Warning Analyse
        "A node has values that are infinite or not a number, and nothing that it reads has them. What reads it has them too, in general."
        nodes "  - {id: a, kind: const, values: [4, 1, 0, -1]}\n  - {id: b, kind: expr, expr: SQRT(a)}\n";
    NegativeQueue = 903 "negative-queue" Warning Analyse
        "A node that carries over from bin to bin, like a queue, falls below zero although nothing that it reads does. A queue needs a floor: `MAX(0, …)` or `QUEUE`."
        nodes "  - {id: arrivals, kind: const, values: [5, 2, 1, 9]}\n  - {id: backlog, kind: expr, expr: 'SHIFT(backlog, 1) + arrivals - 4'}\n";
    SaturatedCapacity = 904 "saturated-capacity" Warning Analyse
        "A queue is never empty, or a limit is reached in every bin: whatever serves is used fully all the time, and the results say little about demand."
        nodes "  - {id: arrivals, kind: const, values: [5, 7, 6, 9]}\n  - {id: backlog, kind: expr, expr: 'QUEUE(arrivals, 4)'}\n";
    ConstantOutput = 905 "constant-output" Info Analyse
        "An output that is computed or drawn has the same value in every bin."
        nodes "  - {id: a, kind: const, values: [1, 2, 3, 4]}\n  - {id: b, kind: expr, expr: 'MIN(a, 0)'}\n";
    ProvenanceConflict = 906 "provenance-conflict" Warning Analyse
        "The provenance that was given for the run names another model than the one in the document. The one that was given counts."
        document "schemaVersion: 1\ngrid: {bins: 4, binSize: 1, binUnit: hours}\nnodes:\n  - {id: a, kind: const, values: 1}\nprovenance: {model_id: checkout_1f3a9c02b7d4}\n";
    InvalidTemplateId = 1001 "invalid-template-id" Error Schema
        "The id of a template is in kebab case: small letters and digits in words with hyphens between them, at most 100 characters, such as `checkout-service`."
        document "schemaVersion: 1\nmetadata: {id: My Desk, title: A desk, version: 1.0.0}\ngrid: {bins: 4, binSize: 1, binUnit: hours}\nnodes:\n  - {id: a, kind: const, values: 1}\n";
    InvalidTemplateVersion = 1002 "invalid-template-version" Error Schema
        "The version of a template has three numbers, such as `1.0.0`, as semantic versioning wants it. It is a part of the id of every model that is made from the template."
        document "schemaVersion: 1\nmetadata: {id: desk, title: A desk, version: \"1.0\"}\ngrid: {bins: 4, binSize: 1, binUnit: hours}\nnodes:\n  - {id: a, kind: const, values: 1}\n";
    InvalidParameter = 1003 "invalid-parameter" Error Schema
        "A parameter is declared in a way that makes no sense: its name is not letters, digits and underscores, its type is none of `integer`, `number`, `boolean`, `string` and `array`, or what is asked of its values does not fit its type."
        template "parameters:\n  - {name: staff, type: integer, default: 3, min: 5, max: 2}\nnodes:\n  - {id: a, kind: const, values: '${staff}'}\n";
    DuplicateParameter = 1004 "duplicate-parameter" Error Schema
        "Two parameters of a template have the same name, or a bound is given under both of its names."
        template "parameters:\n  - {name: staff, type: integer, default: 3}\n  - {name: staff, type: number, default: 2.5}\nnodes:\n  - {id: a, kind: const, values: '${staff}'}\n";
    InvalidDefault = 1005 "invalid-default" Error Schema
        "The default of a parameter is not one of the values that the parameter may have."
        template "parameters:\n  - {name: staff, type: integer, default: 12, max: 9}\nnodes:\n  - {id: a, kind: const, values: '${staff}'}\n";
    UnknownPlaceholder = 1006 "unknown-placeholder" Error Schema
        "A placeholder `${name}` names a parameter that the template does not declare."
        template "parameters:\n  - {name: staff, type: integer, default: 3}\nnodes:\n  - {id: a, kind: const, values: '${stuff}'}\n  - {id: b, kind: const, values: '${staff}'}\n";
    InvalidPlaceholder = 1007 "invalid-placeholder" Error Schema
        "A placeholder is `${name}`, in a value: `${` without its `}`, with something else than a name in it, or in a key is not one. Write `$${` for the two characters themselves."
        template "parameters:\n  - {name: staff, type: integer, default: 3}\nnodes:\n  - {id: a, kind: const, values: '${staff}'}\n  - {id: b, kind: expr, expr: 'a * ${staff + 1}'}\n";
    UnusedParameter = 1008 "unused-parameter" Warning Schema
        "No placeholder names the parameter, so that its value changes nothing."
        template "parameters:\n  - {name: staff, type: integer, default: 3}\nnodes:\n  - {id: a, kind: const, values: 1}\n";
    ArrayInText = 1009 "array-in-text" Error Schema
        "An array takes the place of a whole value: inside a longer text there is no way to write it."
        template "parameters:\n  - {name: load, type: array, default: [1, 2, 3, 4]}\nnodes:\n  - {id: a, kind: const, values: '${load}'}\n  - {id: b, kind: expr, expr: 'a + ${load}'}\n";
    UnknownArgument = 1010 "unknown-argument" Error Schema
        "A value is given for a parameter that the template does not have."
        template "parameters:\n  - {name: staff, type: integer, default: 3}\nnodes:\n  - {id: a, kind: const, values: '${staff}'}\n";
    MissingArgument = 1011 "missing-argument" Error Schema
        "The parameter has to be given a value."
        template "parameters:\n  - {name: staff, type: integer, required: true}\nnodes:\n  - {id: a, kind: const, values: '${staff}'}\n";
    InvalidArgument = 1012 "invalid-argument" Error Schema
        "The value is not one that the parameter may have: its type, its bounds or its list of values say so."
        template "parameters:\n  - {name: staff, type: integer, default: 3, max: 9}\nnodes:\n  - {id: a, kind: const, values: '${staff}'}\n";
    DuplicateArgument = 1013 "duplicate-argument" Error Schema
        "The parameter is given a value twice."
        template "parameters:\n  - {name: staff, type: integer, default: 3}\nnodes:\n  - {id: a, kind: const, values: '${staff}'}\n";
    UnboundedParameter = 1101 "unbounded-parameter" Info Lint
        "A parameter of a template that is a number, or a list of numbers, has no `min` or no `max`, so that a slip of the finger goes unnoticed."
        remark "description: Who waits at a desk.}\nparameters:\n  - {name: staff, type: integer, description: Clerks., default: 3, min: 1}\nnodes:\n  - {id: a, kind: const, values: '${staff}'}\n";
    MissingDescription = 1102 "missing-description" Info Lint
        "A template, or a parameter of one, does not say what it means. Whoever chooses values has nothing else to go by."
        remark "description: Who waits at a desk.}\nparameters:\n  - {name: staff, type: integer, default: 3, min: 1, max: 9}\nnodes:\n  - {id: a, kind: const, values: '${staff}'}\n";
    UnusedNode = 1103 "unused-node" Info Lint
        "No other node reads the node, and it is not written out: it could be left out."
        nodes "  - {id: a, kind: const, values: 1}\n  - {id: b, kind: expr, expr: a * 2}\n  - {id: c, kind: expr, expr: a * 3}\noutputs: [{series: b}]\n";
    MemorylessQueue = 1104 "memoryless-queue" Warning Lint
        "What is left over in a bin, `MAX(0, demand - capacity)`, is forgotten in the next one, as nothing in the formula looks back. Work that waits is still there in the next bin."
        nodes "  - {id: demand, kind: const, values: [9, 3, 8, 2]}\n  - {id: backlog, kind: expr, expr: 'MAX(0, demand - 5)'}\n";
    OutputNeverRead = 1105 "output-never-read" Info Lint
        "An input is written out although nothing is computed from it: it may have been forgotten in a formula."
        nodes "  - {id: demand, kind: const, values: [9, 3, 8, 2]}\n  - {id: staff, kind: const, values: 3}\n  - {id: served, kind: expr, expr: 'MIN(demand, 6)'}\n";
    InvalidBundle = 1201 "invalid-bundle" Error Schema
        "A bundle is a document of `kind: Model` with a model under `spec`, the id and title of it under `metadata`, and files under `assets` whose paths stay inside the bundle."
        document "kind: Model\nschemaVersion: 1\nmetadata: {id: desk_1f3a9c02b7d4, title: A desk}\nspec:\n  schemaVersion: 1\n  grid: {bins: 4, binSize: 1, binUnit: hours}\n  nodes:\n    - {id: a, kind: const, values: 1}\nassets:\n  - {path: ../catalog.json, type: catalog, sha256: 44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a}\n";
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FT{:04}", self.info().number)
    }
}

impl std::str::FromStr for Code {
    type Err = ();

    /// Reads `FT0001`, `ft1`, `1` or the name.
    fn from_str(text: &str) -> Result<Self, ()> {
        let lower = text.trim().to_ascii_lowercase();
        let digits = lower.strip_prefix("ft").unwrap_or(&lower);
        let number: Option<u16> = digits.parse().ok();
        Code::ALL
            .iter()
            .copied()
            .find(|c| Some(c.info().number) == number || c.info().name == lower)
            .ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_unique_and_ascending() {
        assert!(Code::ALL.windows(2).all(|w| w[0].info().number < w[1].info().number));
    }
}
