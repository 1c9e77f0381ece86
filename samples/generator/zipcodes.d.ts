/** The part of the `zipcodes` package that is used (it ships no types). */
declare module 'zipcodes' {
  export type ZipCode = {
    zip: string;
    latitude: number;
    longitude: number;
    city: string;
    state: string;
    country: string;
  };
  export function lookup(zip: string): ZipCode | undefined;
}
