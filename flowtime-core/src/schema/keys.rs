//! Every key of a model document: one table that decoding, the JSON Schema and messages share.

/// The keys of one mapping.
#[derive(Debug)]
pub(crate) struct Section {
    /// What it is called in messages.
    pub(crate) what: &'static str,
    pub(crate) keys: &'static [Key],
    pub(crate) legacy: &'static [Legacy],
}

/// One key.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) required: bool,
    /// The kinds of nodes that have it; empty when all have, and outside of nodes.
    pub(crate) kinds: &'static [&'static str],
    pub(crate) doc: &'static str,
    /// Its value as JSON Schema.
    pub(crate) schema: &'static str,
}

/// A key that used to be.
#[derive(Debug)]
pub(crate) struct Legacy {
    pub(crate) old: &'static str,
    pub(crate) new: &'static [&'static str],
    pub(crate) help: &'static str,
}

impl Section {
    pub(crate) fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|k| k.name == name)
    }

    pub(crate) fn legacy(&self, name: &str) -> Option<&'static Legacy> {
        self.legacy.iter().find(|l| l.old == name)
    }
}

const fn required(name: &'static str, schema: &'static str, doc: &'static str) -> Key {
    Key { name, required: true, kinds: &[], doc, schema }
}

const fn optional(name: &'static str, schema: &'static str, doc: &'static str) -> Key {
    Key { name, required: false, kinds: &[], doc, schema }
}

const fn only(
    kinds: &'static [&'static str],
    name: &'static str,
    schema: &'static str,
    doc: &'static str,
) -> Key {
    Key { name, required: false, kinds, doc, schema }
}

/// Sections that a later version will evaluate.
pub(crate) const RESERVED: &[&str] = &["topology", "classes", "traffic", "window"];

/// The words of `kind`.
pub(crate) const KINDS: &[&str] = &["const", "expr", "pmf"];

/// The document.
pub(crate) const DOCUMENT: Section = Section {
    what: "a model",
    keys: &[
        required("schemaVersion", r#"{"const": 1}"#, "The form of the document; always 1."),
        required("grid", r##"{"$ref": "#/$defs/grid"}"##, "The time grid that every series lies on."),
        required(
            "nodes",
            r##"{"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/node"}}"##,
            "The series of the model, in any order.",
        ),
        optional(
            "outputs",
            r##"{"type": ["array", "null"], "items": {"$ref": "#/$defs/output"}}"##,
            "What is written to files; every node when absent or empty.",
        ),
        optional("rng", r##"{"$ref": "#/$defs/rng"}"##, "Random numbers."),
        optional(
            "provenance",
            r#"{"type": ["object", "null"]}"#,
            "Where the model came from; never changes a result.",
        ),
        optional(
            "metadata",
            r#"{"type": ["object", "null"]}"#,
            "Title, description, tags and the like; never changes a result.",
        ),
    ],
    legacy: &[],
};

/// `grid`.
pub(crate) const GRID: Section = Section {
    what: "the grid",
    keys: &[
        required("bins", r#"{"type": "integer", "minimum": 1}"#, "The number of bins."),
        required(
            "binSize",
            r#"{"type": "integer", "minimum": 1, "maximum": 1000}"#,
            "The length of a bin, in binUnit.",
        ),
        required("binUnit", r#"{"enum": ["minutes", "hours", "days", "weeks"]}"#, "The unit of binSize."),
        optional(
            "start",
            r#"{"type": ["string", "null"], "pattern": "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d+)?(Z|\\+00:00)$"}"#,
            "When bin 0 starts, in UTC.",
        ),
    ],
    legacy: &[Legacy {
        old: "binMinutes",
        new: &["binSize", "binUnit"],
        help: "60 minutes are `binSize: 1` and `binUnit: hours`; `flowtime migrate` rewrites the file",
    }],
};

/// An item of `nodes`.
pub(crate) const NODE: Section = Section {
    what: "a node",
    keys: &[
        required(
            "id",
            r#"{"type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$", "maxLength": 128}"#,
            "The name of the series, unique in the model.",
        ),
        required("kind", r#"{"enum": ["const", "expr", "pmf"]}"#, "What the series is made of."),
        only(
            &["const"],
            "values",
            r#"{"type": ["number", "array", "null"], "items": {"type": "number"}, "minItems": 1}"#,
            "One number for every bin, or a list of numbers.",
        ),
        only(
            &["const"],
            "source",
            r#"{"type": ["string", "null"]}"#,
            "Where the values come from instead: a CSV file and its column, `file.csv#column`.",
        ),
        only(&["expr"], "expr", r#"{"type": ["string", "number", "boolean"]}"#, "The formula."),
        only(&["pmf"], "pmf", r##"{"$ref": "#/$defs/pmf"}"##, "Values and their probabilities."),
        only(
            &["const", "pmf"],
            "policy",
            r#"{"enum": ["repeat", "stretch", "error", "sample", "expected", null]}"#,
            "How the values become one for each bin: for a const `repeat`, `stretch` or `error`; for a PMF `sample`, `expected`, `repeat` or `error`.",
        ),
        optional("description", r#"{"type": ["string", "null"]}"#, "What the series is, for people."),
        optional("unit", r#"{"type": ["string", "null"]}"#, "The unit of the series, for people."),
        optional("metadata", r#"{"type": ["object", "null"]}"#, "Anything else; never changes a result."),
    ],
    legacy: &[Legacy {
        old: "expression",
        new: &["expr"],
        help: "rename it to `expr`; `flowtime migrate` rewrites the file",
    }],
};

/// `pmf`, in the form with lists.
pub(crate) const PMF: Section = Section {
    what: "a PMF",
    keys: &[
        required(
            "values",
            r#"{"type": "array", "items": {"type": "number"}, "minItems": 1}"#,
            "The values that can occur.",
        ),
        required(
            "probabilities",
            r#"{"type": "array", "items": {"type": "number", "minimum": 0}, "minItems": 1}"#,
            "The probability of each value.",
        ),
        optional(
            "policy",
            r#"{"enum": ["sample", "expected", "repeat", "error", null]}"#,
            "How the values become one for each bin; `sample` when absent.",
        ),
    ],
    legacy: &[],
};

/// An item of `outputs`.
pub(crate) const OUTPUT: Section = Section {
    what: "an output",
    keys: &[
        required(
            "series",
            r#"{"type": "string"}"#,
            "The id of a node, or `*` for every node that no other output names.",
        ),
        optional(
            "as",
            r#"{"type": ["string", "null"], "pattern": "\\.csv$", "maxLength": 255}"#,
            "The file's name; `<id>.csv` when absent.",
        ),
    ],
    legacy: &[
        Legacy {
            old: "filename",
            new: &["as"],
            help: "rename it to `as`; `flowtime migrate` rewrites the file",
        },
        Legacy {
            old: "source",
            new: &["series"],
            help: "rename it to `series`; `flowtime migrate` rewrites the file",
        },
    ],
};

/// `rng`.
pub(crate) const RNG: Section = Section {
    what: "`rng`",
    keys: &[
        optional("kind", r#"{"enum": ["pcg32", null]}"#, "The generator; always `pcg32`."),
        optional(
            "seed",
            r#"{"type": ["integer", "null"], "minimum": 0, "maximum": 2147483647}"#,
            "What the random numbers start from; 0 when absent.",
        ),
    ],
    legacy: &[],
};

/// A template: a model with parameters.
pub(crate) const TEMPLATE: Section = Section {
    what: "a template",
    keys: &[
        required("schemaVersion", r#"{"const": 1}"#, "The form of the document; always 1."),
        required(
            "metadata",
            r#"{"type": "object"}"#,
            "What the template is called: `id`, `title`, `version`.",
        ),
        optional("parameters", r#"{"type": ["array", "null"]}"#, "What can be chosen."),
        required("grid", r#"{"type": "object"}"#, "The time grid that every series lies on."),
        required("nodes", r#"{"type": "array"}"#, "The series of the model, in any order."),
        optional("outputs", r#"{"type": ["array", "null"]}"#, "What is written to files."),
        optional("rng", r#"{"type": ["object", "null"]}"#, "Random numbers."),
    ],
    legacy: &[],
};

/// `metadata` of a template.
pub(crate) const TEMPLATE_METADATA: Section = Section {
    what: "`metadata` of a template",
    keys: &[
        required(
            "id",
            r#"{"type": "string"}"#,
            "The template's name in kebab case, such as `checkout-service`.",
        ),
        required("title", r#"{"type": "string"}"#, "What people call it."),
        required("version", r#"{"type": "string"}"#, "Its version, such as `\"1.0.0\"`."),
        optional(
            "description",
            r#"{"type": ["string", "null"]}"#,
            "What it models, for whom, and what to look at.",
        ),
        optional("tags", r#"{"type": ["array", "null"]}"#, "Words to find it by."),
    ],
    legacy: &[],
};

/// An item of `parameters`.
pub(crate) const PARAMETER: Section = Section {
    what: "a parameter",
    keys: &[
        required("name", r#"{"type": "string"}"#, "The name that `${name}` stands for."),
        required(
            "type",
            r#"{"enum": ["integer", "number", "boolean", "string", "array"]}"#,
            "`integer`, `number`, `boolean`, `string` or `array`.",
        ),
        optional("title", r#"{"type": ["string", "null"]}"#, "What people call it."),
        optional("description", r#"{"type": ["string", "null"]}"#, "What it means."),
        optional("unit", r#"{"type": ["string", "null"]}"#, "Its unit, for people."),
        optional("default", r#"{}"#, "Its value when none is given."),
        optional("required", r#"{"type": ["boolean", "null"]}"#, "Must it be given?"),
        optional("min", r#"{"type": ["number", "null"]}"#, "The least number."),
        optional("max", r#"{"type": ["number", "null"]}"#, "The greatest number."),
        optional("minimum", r#"{"type": ["number", "null"]}"#, "The same as `min`."),
        optional("maximum", r#"{"type": ["number", "null"]}"#, "The same as `max`."),
        optional("enum", r#"{"type": ["array", "null"]}"#, "The values it can have."),
        optional("arrayOf", r#"{"enum": ["integer", "number", null]}"#, "What an array consists of."),
        optional("minItems", r#"{"type": ["integer", "null"]}"#, "The fewest items of an array."),
        optional("maxItems", r#"{"type": ["integer", "null"]}"#, "The most items of an array."),
    ],
    legacy: &[],
};

/// A bundle: a model and what belongs to it.
pub(crate) const BUNDLE: Section = Section {
    what: "a bundle",
    keys: &[
        required("kind", r#"{"const": "Model"}"#, "What the document is; always `Model`."),
        required("schemaVersion", r#"{"const": 1}"#, "The form of the document; always 1."),
        required(
            "metadata",
            r##"{"$ref": "#/$defs/metadata"}"##,
            "What the model is called: `id`, `title` and more.",
        ),
        required("spec", r##"{"$ref": "#/$defs/model"}"##, "The model."),
        optional(
            "sim_config",
            r#"{"type": ["object", "null"]}"#,
            "What made the model: the template, its parameters, the provenance.",
        ),
        optional("validation", r#"{"type": ["object", "null"]}"#, "What was found in the model."),
        optional(
            "assets",
            r##"{"type": ["array", "null"], "items": {"$ref": "#/$defs/asset"}}"##,
            "Files that come with it.",
        ),
    ],
    legacy: &[],
};

/// `metadata` of a bundle.
pub(crate) const BUNDLE_METADATA: Section = Section {
    what: "`metadata` of a bundle",
    keys: &[
        required(
            "id",
            r#"{"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,126}$"}"#,
            "The id of the model.",
        ),
        required("title", r#"{"type": "string"}"#, "What people call it."),
        optional("description", r#"{"type": ["string", "null"]}"#, "What it is."),
        optional("created", r#"{"type": ["string", "null"]}"#, "When it was stored first."),
        optional("author", r#"{"type": ["string", "null"]}"#, "Who answers for it."),
        optional("version", r#"{"type": ["string", "null"]}"#, "Which version of the id it is: `v1`."),
        optional(
            "tags",
            r#"{"type": ["array", "null"], "items": {"type": "string"}}"#,
            "Words to find it by.",
        ),
    ],
    legacy: &[],
};

/// An item of `assets`.
pub(crate) const ASSET: Section = Section {
    what: "an asset",
    keys: &[
        required("path", r#"{"type": "string", "maxLength": 255}"#, "Its path in the bundle."),
        required(
            "type",
            r#"{"enum": ["catalog", "scenario", "validation_results", "engine_model"]}"#,
            "What is in it: `catalog`, `scenario`, `validation_results` or `engine_model`.",
        ),
        required("sha256", r#"{"type": "string", "pattern": "^[0-9a-f]{64}$"}"#, "The SHA-256 of its bytes."),
    ],
    legacy: &[],
};
