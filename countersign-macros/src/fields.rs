use syn::ext::IdentExt as _;
use syn::{Data, DeriveInput, Error, Field, Fields, GenericArgument, PathArguments, Result, Type};

use crate::attributes::{Marks, Part, of_ours};

/// The fields that the trait's methods take.
pub(crate) struct Chosen<'a> {
    pub(crate) id: &'a Field,
    pub(crate) password_hash: Option<&'a Field>,
    pub(crate) is_active: Option<&'a Field>,
    pub(crate) security_stamp: Option<&'a Field>,
    pub(crate) roles: Option<&'a Field>,
    pub(crate) role: Option<&'a Field>,
}

impl<'a> Chosen<'a> {
    /// # Errors
    /// All that is wrong, together, so that nobody mends one thing after the other.
    pub(crate) fn from(input: &'a DeriveInput) -> Result<Self> {
        let fields = named_fields(input)?;
        let mut errors = Errors::default();
        for attribute in of_ours(&input.attrs) {
            errors.add(Error::new_spanned(
                attribute,
                "`#[auth(…)]` belongs on a field, not on the struct",
            ));
        }
        let marked: Vec<(&Field, Marks)> = fields
            .iter()
            .filter_map(|field| Some((*field, errors.take(Marks::of(&field.attrs))?)))
            .collect();
        let mut choose = |part| errors.take(choose(part, &marked));
        let id = choose(Part::Id);
        let password_hash = choose(Part::PasswordHash).flatten();
        let is_active = choose(Part::IsActive).flatten();
        let security_stamp = choose(Part::SecurityStamp).flatten();
        let roles = choose(Part::Roles).flatten();
        let role = choose(Part::Role).flatten().map(Choice::field);
        // Where the marks of ids are wrong, that has been said.
        let id = id.and_then(|id| errors.take(checked_id(input, id.map(Choice::field))));
        // A marked `role` goes before a field that only has the name `roles`.
        let roles = roles.filter(|roles| roles.marked || role.is_none());
        if let (Some(_), Some(role)) = (&roles, role) {
            errors.add(Error::new_spanned(
                &role.ident,
                "the roles are in another field already: mark one field, with `#[auth(roles)]` or `#[auth(role)]`",
            ));
        }
        errors.into_result()?;
        Ok(Self {
            id: id.ok_or_else(|| no_id(input))?,
            password_hash: password_hash.map(Choice::field),
            is_active: is_active.map(Choice::field),
            security_stamp: security_stamp.map(Choice::field),
            roles: roles.map(Choice::field),
            role,
        })
    }
}

/// A field that was found for a part.
#[derive(Clone, Copy)]
struct Choice<'a> {
    field: &'a Field,
    /// By an attribute, and not by its name.
    marked: bool,
}

impl<'a> Choice<'a> {
    fn field(self) -> &'a Field {
        self.field
    }
}

/// Errors that are told together.
#[derive(Default)]
struct Errors(Option<Error>);

impl Errors {
    fn add(&mut self, error: Error) {
        match &mut self.0 {
            Some(first) => first.combine(error),
            None => self.0 = Some(error),
        }
    }

    fn take<T>(&mut self, result: Result<T>) -> Option<T> {
        result.map_err(|error| self.add(error)).ok()
    }

    fn into_result(self) -> Result<()> {
        self.0.map_or(Ok(()), Err)
    }
}

fn named_fields(input: &DeriveInput) -> Result<Vec<&Field>> {
    let found = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => return Ok(fields.named.iter().collect()),
            Fields::Unnamed(_) => "a tuple struct",
            Fields::Unit => "a struct without fields",
        },
        Data::Enum(_) => "an enum",
        Data::Union(_) => "a union",
    };
    Err(Error::new(
        input.ident.span(),
        format!(
            "`derive(AuthUser)` takes a struct with named fields, and this is {found}: implement `AuthUser` for it by hand \
             (only `type Id` and `fn id` are required)"
        ),
    ))
}

/// The field that is marked as this part, or else the one with its name.
fn choose<'a>(part: Part, fields: &[(&'a Field, Marks)]) -> Result<Option<Choice<'a>>> {
    let mut marks = fields.iter().flat_map(|(field, marks)| {
        let marks = marks.parts.iter();
        marks
            .filter(move |(marked, _)| *marked == part)
            .map(|(_, word)| (*field, word))
    });
    let Some((field, _)) = marks.next() else {
        let field = by_name(part, fields);
        return Ok(field.map(|field| Choice {
            field,
            marked: false,
        }));
    };
    let mut errors = Errors::default();
    for (_, word) in marks {
        errors.add(Error::new(
            word.span(),
            format!("`{word}` is marked already: mark one field with `#[auth({word})]`"),
        ));
    }
    errors.into_result()?;
    Ok(Some(Choice {
        field,
        marked: true,
    }))
}

fn by_name<'a>(part: Part, fields: &[(&'a Field, Marks)]) -> Option<&'a Field> {
    let name = part.field_name()?;
    fields
        .iter()
        .filter(|(_, marks)| marks.skip.is_none())
        .map(|(field, _)| *field)
        .find(|field| {
            let ident = field.ident.as_ref();
            ident.is_some_and(|ident| ident.unraw() == name)
        })
}

fn checked_id<'a>(input: &DeriveInput, id: Option<&'a Field>) -> Result<&'a Field> {
    let id = id.ok_or_else(|| no_id(input))?;
    if is_option(&id.ty) {
        return Err(Error::new_spanned(
            &id.ty,
            "a user's id can't be optional: keep one type for users that are stored, whose id is known, and another for those that are not yet",
        ));
    }
    Ok(id)
}

fn no_id(input: &DeriveInput) -> Error {
    Error::new(
        input.ident.span(),
        "no field is the user's id: name a field `id` or mark one with `#[auth(id)]`",
    )
}

fn is_option(ty: &Type) -> bool {
    let Type::Path(path) = ty else {
        return false;
    };
    path.path.segments.last().is_some_and(|last| {
        let PathArguments::AngleBracketed(arguments) = &last.arguments else {
            return false;
        };
        let one_type = matches!(arguments.args.first(), Some(GenericArgument::Type(_)));
        last.ident == "Option" && arguments.args.len() == 1 && one_type
    })
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    #[track_caller]
    fn check(input: DeriveInput, expected: &[&str]) {
        let errors = Chosen::from(&input).err().expect("the input is wrong");
        let errors: Vec<String> = errors.into_iter().map(|error| error.to_string()).collect();
        assert_eq!(errors.len(), expected.len(), "{errors:?}");
        for (error, expected) in errors.iter().zip(expected) {
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn a_missing_id_names_the_remedy() {
        let remedy = "name a field `id` or mark one with `#[auth(id)]`";
        check(
            parse_quote!(
                struct User {
                    user_id: i64,
                }
            ),
            &[remedy],
        );
        check(
            parse_quote!(
                struct User {
                    #[auth(skip)]
                    id: i64,
                }
            ),
            &[remedy],
        );
    }

    #[test]
    fn an_optional_id_is_refused() {
        for input in [
            parse_quote!(
                struct User {
                    id: Option<i64>,
                }
            ),
            parse_quote!(
                struct User {
                    #[auth(id)]
                    number: std::option::Option<i64>,
                }
            ),
        ] {
            check(input, &["can't be optional"]);
        }
    }

    #[test]
    fn two_marks_of_a_kind_are_refused_once() {
        check(
            parse_quote!(
                struct User {
                    #[auth(id)]
                    a: i64,
                    #[auth(id)]
                    b: i64,
                }
            ),
            &["`id` is marked already"],
        );
        check(
            parse_quote!(
                struct User {
                    id: i64,
                    #[auth(roles)]
                    a: A,
                    #[auth(role)]
                    b: B,
                }
            ),
            &["mark one field, with `#[auth(roles)]` or `#[auth(role)]`"],
        );
    }

    #[test]
    fn only_structs_with_named_fields_are_taken() {
        for (input, found) in [
            (
                parse_quote!(
                    struct User(i64);
                ),
                "a tuple struct",
            ),
            (
                parse_quote!(
                    struct User;
                ),
                "a struct without fields",
            ),
            (
                parse_quote!(
                    enum User {
                        A { id: i64 },
                    }
                ),
                "an enum",
            ),
            (parse_quote!(union User { id: i64 }), "a union"),
        ] {
            check(input, &[found]);
        }
    }

    #[test]
    fn all_wrong_attributes_are_told_at_once_with_the_known_ones() {
        let input = parse_quote! {
            #[auth(id)]
            struct User {
                id: i64,
                #[auth(password)] a: A,
                #[auth] b: B,
                #[auth()] c: C,
                #[auth(id = "x")] d: D,
                #[auth(skip, roles)] e: E,
            }
        };
        let expected = [
            "belongs on a field",
            "unknown attribute `password`: known are `#[auth(id)]`, `#[auth(password_hash)]`",
            "say what the field is, in parentheses",
            "say what the field is",
            "a single word is expected",
            "`skip` leaves the field alone",
        ];
        check(input, &expected);
    }
}
