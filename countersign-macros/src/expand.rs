use std::collections::HashSet;

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{DeriveInput, Field, Ident, Result, WherePredicate, parse_quote};

use crate::fields::Chosen;

/// The implementation of `AuthUser`.
pub(crate) fn expand(input: &DeriveInput) -> Result<TokenStream> {
    let chosen = Chosen::from(input)?;
    let name = &input.ident;
    let generics = with_bounds(input, &chosen);
    let (impl_generics, type_generics, where_clause) = generics.split_for_impl();
    let (id, id_type) = (&chosen.id.ident, &chosen.id.ty);
    let methods = methods(&chosen);
    Ok(quote! {
        #[automatically_derived]
        impl #impl_generics ::countersign::AuthUser for #name #type_generics #where_clause {
            type Id = #id_type;

            fn id(&self) -> Self::Id {
                <#id_type as ::core::clone::Clone>::clone(&self.#id)
            }

            #methods
        }
    })
}

fn methods(chosen: &Chosen<'_>) -> TokenStream {
    let password_hash = chosen.password_hash.map(|field| {
        let value = read(field, quote!(AsPasswordHash), quote!(as_password_hash));
        quote! {
            fn password_hash(&self) -> ::core::option::Option<&str> {
                #value
            }
        }
    });
    let is_active = chosen.is_active.map(|field| {
        let value = read(field, quote!(AsIsActive), quote!(as_is_active));
        quote! {
            fn is_active(&self) -> bool {
                #value
            }
        }
    });
    let security_stamp = chosen.security_stamp.map(|field| {
        let value = read(field, quote!(AsSecurityStamp), quote!(as_security_stamp));
        quote! {
            fn security_stamp(&self) -> ::core::option::Option<::std::borrow::Cow<'_, str>> {
                #value
            }
        }
    });
    let roles = chosen
        .roles
        .map(|field| has_role(field, quote!(AsRoles), quote!(has_role)));
    let role = chosen
        .role
        .map(|field| has_role(field, quote!(AsRole), quote!(is_role)));
    quote! {
        #password_hash
        #is_active
        #security_stamp
        #roles
        #role
    }
}

fn has_role(field: &Field, helper: TokenStream, function: TokenStream) -> TokenStream {
    let (ident, call) = (&field.ident, call(field, helper, function));
    quote! {
        fn has_role(&self, role: &str) -> bool {
            #call(&self.#ident, role)
        }
    }
}

fn read(field: &Field, helper: TokenStream, function: TokenStream) -> TokenStream {
    let (ident, call) = (&field.ident, call(field, helper, function));
    quote!(#call(&self.#ident))
}

/// A function of a helper trait, by way of the field's type: so an error points at the type in the struct.
fn call(field: &Field, helper: TokenStream, function: TokenStream) -> TokenStream {
    let ty = &field.ty;
    quote!(<#ty as ::countersign::__private::#helper>::#function)
}

/// The struct's own bounds and, where it has parameters, what the trait asks of them.
fn with_bounds(input: &DeriveInput, chosen: &Chosen<'_>) -> syn::Generics {
    let mut generics = input.generics.clone();
    if input.generics.params.is_empty() {
        return generics;
    }
    let parameters: HashSet<&Ident> = input
        .generics
        .type_params()
        .map(|parameter| &parameter.ident)
        .collect();
    let helpers = [
        (chosen.password_hash, quote!(AsPasswordHash)),
        (chosen.is_active, quote!(AsIsActive)),
        (chosen.security_stamp, quote!(AsSecurityStamp)),
        (chosen.roles, quote!(AsRoles)),
        (chosen.role, quote!(AsRole)),
    ];
    let mut predicates: Vec<WherePredicate> = vec![parse_quote! {
        Self: ::core::marker::Send + ::core::marker::Sync + 'static
    }];
    // A bound on a type without parameters would be a warning.
    if mentions(&chosen.id.ty, &parameters) {
        let ty = &chosen.id.ty;
        predicates.push(parse_quote! {
            #ty: ::core::clone::Clone + ::core::fmt::Display + ::core::str::FromStr
                + ::core::marker::Send + ::core::marker::Sync + 'static
        });
    }
    for (field, helper) in helpers {
        if let Some(field) = field.filter(|field| mentions(&field.ty, &parameters)) {
            let ty = &field.ty;
            predicates.push(parse_quote!(#ty: ::countersign::__private::#helper));
        }
    }
    generics.make_where_clause().predicates.extend(predicates);
    generics
}

fn mentions(tokens: &impl ToTokens, parameters: &HashSet<&Ident>) -> bool {
    tokens
        .to_token_stream()
        .into_iter()
        .any(|token| match token {
            TokenTree::Ident(ident) => parameters.contains(&ident),
            TokenTree::Group(group) => mentions(&group.stream(), parameters),
            _ => false,
        })
}
