/** Names that say nothing about a database. */
const anyName = /^(?:dumps?|mongodump|back-?ups?|exports?|data|databases?|db|mongo(?:db)?|test|tmp|temp)$/;
/** Those of the mappings that come with openhouse. */
const taken = /^(?:home-grown|reso|simplyrets)$/;

/** What a mapping is called that is proposed for this database: its name, as mappings are named. @param database `Harbor_Homes` */
export const mappingName = (database = ''): string => {
  const name = database
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 30)
    .replace(/-+$/, '');
  if (name === '' || anyName.test(name)) return 'proposed';
  return taken.test(name) ? `${name}-proposed` : name;
};
