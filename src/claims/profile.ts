export interface Profile { readonly name: string }
