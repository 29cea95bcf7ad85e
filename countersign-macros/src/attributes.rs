use syn::punctuated::Punctuated;
use syn::{Attribute, Error, Ident, Meta, Result, Token};

/// What a field is to the trait.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Part {
    Id,
    PasswordHash,
    IsActive,
    SecurityStamp,
    Roles,
    Role,
}

impl Part {
    pub(crate) const ALL: [Part; 6] = [
        Part::Id,
        Part::PasswordHash,
        Part::IsActive,
        Part::SecurityStamp,
        Part::Roles,
        Part::Role,
    ];

    /// The word in `#[auth(…)]`.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Part::Id => "id",
            Part::PasswordHash => "password_hash",
            Part::IsActive => "is_active",
            Part::SecurityStamp => "security_stamp",
            Part::Roles => "roles",
            Part::Role => "role",
        }
    }

    /// The field that is taken without an attribute. A field `role` is too often something else.
    pub(crate) fn field_name(self) -> Option<&'static str> {
        (self != Part::Role).then(|| self.word())
    }
}

/// What the attributes of one field say.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    /// Each with the word that says it, for errors.
    pub(crate) parts: Vec<(Part, Ident)>,
    pub(crate) skip: Option<Ident>,
}

impl Marks {
    pub(crate) fn of(attributes: &[Attribute]) -> Result<Self> {
        let mut marks = Self::default();
        for attribute in of_ours(attributes) {
            for word in words(attribute)? {
                marks.add(word)?;
            }
        }
        match &marks.skip {
            Some(skip) if !marks.parts.is_empty() => Err(Error::new(
                skip.span(),
                "`skip` leaves the field alone, so it can't be anything else: remove one of the two",
            )),
            _ => Ok(marks),
        }
    }

    fn add(&mut self, word: Ident) -> Result<()> {
        if word == "skip" {
            self.skip = Some(word);
            return Ok(());
        }
        let part = Part::ALL.into_iter().find(|part| word == part.word());
        let part = part.ok_or_else(|| unknown(&word))?;
        self.parts.push((part, word));
        Ok(())
    }
}

pub(crate) fn of_ours(attributes: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("auth"))
}

fn words(attribute: &Attribute) -> Result<Vec<Ident>> {
    let Meta::List(list) = &attribute.meta else {
        return Err(Error::new_spanned(
            attribute,
            format!("say what the field is, in parentheses: {}", known_words()),
        ));
    };
    let metas = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated)?;
    if metas.is_empty() {
        return Err(Error::new_spanned(
            attribute,
            format!("say what the field is: {}", known_words()),
        ));
    }
    metas.iter().map(word).collect()
}

fn word(meta: &Meta) -> Result<Ident> {
    match meta {
        Meta::Path(path) => path.require_ident().cloned(),
        _ => Err(Error::new_spanned(
            meta,
            format!("a single word is expected here: {}", known_words()),
        )),
    }
}

fn unknown(word: &Ident) -> Error {
    Error::new(
        word.span(),
        format!("unknown attribute `{word}`: known are {}", known_words()),
    )
}

fn known_words() -> String {
    let words: Vec<String> = Part::ALL
        .iter()
        .map(|part| format!("`#[auth({})]`", part.word()))
        .collect();
    format!("{} and `#[auth(skip)]`", words.join(", "))
}
