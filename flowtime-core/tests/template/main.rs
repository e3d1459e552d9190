//! Templates: what they say, what is made of them, and whether what is made behaves as it should.

mod checks;
mod documents;
mod ids;
mod shipped;
