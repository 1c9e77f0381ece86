/**
 * Fields that only name the e-mail that a person gets, in English, German, Spanish and French: `newsletter`, `wantsNewsletter`,
 * `rundbrief`, `boletin_noticias`, `infolettre`. Compared by their `spelling`.
 */

const mail =
  '(?:e?mail)?newsletter|(?:e|massen)?mailing(?:list(?:e|en)?)?|news(?:mails?|letterabo)|marketinge?mails?|e?mailmarketing|promo(?:tion(?:al)?)?e?mails?|' +
  'rundbriefe?|rundschreiben|rundmails?|werbung|werbe?mails?|e?mailwerbung|infomails?|' +
  'bolet(?:in|ines)(?:denoticias|noticias|informativos?|electronicos?)?|publicidad|correos?publicitarios?|correospromocionales|' +
  'infolettres?|lettres?(?:d)?infos?(?:rmations?)?|publicites?|e?mailspublicitaires?|courrielspublicitaires?';

const wants =
  '(?:is|has|can|may|will)?(?:wants?|gets?|receives?|receiving|accepts?|allows?|subscribed?|subscribes|signedup|send|optin|ok)(?:to|for|the|our)?|' +
  'bekommt|erhalt|erhaelt|mochte|moechte|will|wunscht|wuenscht|abonniert|empfangt|' +
  '(?:acepta|autoriza|permite|quiere|desea)?(?:recibir|recibe|enviar)?|(?:acepta|autoriza|permite|quiere|desea|suscrit[oa])(?:al?|el|la)?|' +
  '(?:accepte|autorise|recoit|veut|souhaite|abonnee?|inscrite?)(?:recevoir)?(?:aux?|ala|les?|la|des?)?';

const state =
  'yn|kz|flag|ok|wanted|active|aktiv|activo|actif|enabled|abo|abonnement|abonniert|abonnee?|subscription|subscribed?|subscriber|signup|signedup|' +
  'registration|registered|anmeldung|angemeldet|empfang|empfanger|erlaubt|erlaubnis|erwunscht|erwuenscht|gewunscht|gewuenscht|zustimmung|einwilligung|' +
  'optin|optedin|consent|consented|permission|allowed|accepted|preferences?|suscrit[oa]|suscripcion|aceptad[oa]|permitid[oa]|autorizad[oa]|inscrite?|accepte|accord';

const when = '(?:at|on|am|date|datum|fecha|since|seit|le)?';

/** What a person gets by e-mail: anything but a yes, or how often, is an opt-out. */
export const subscription = new RegExp(`^(?:${wants})?(?:${mail})(?:${state})?${when}$`);

/** Whether a part of such a field says whether the person gets it: `newsletter: { active: false }`. */
export const subscriptionPart = new RegExp(`^(?:value|status|state|email|${state})$`);

/** May have to do with more than e-mail, so only a plain no is an opt-out. */
export const perhapsSubscription =
  /^(?:marketing|newsletters|(?:e?mail|contact|communication|marketing)(?:permissions|consents)|contactpermission|(?:property|listing|home|search|price)alerts?|alertes?immobilieres?|alertasdepropiedades|(?:is|can|may)?(?:ok(?:ay)?to|allows?|allowed?to|may|can)(?:be)?contact(?:ed)?|contact(?:ok|allowed|permitted)|darf(?:kontaktiert|angeschrieben|kontaktieren|anschreiben|mailen)(?:werden)?|kontaktaufnahme(?:erlaubt|ok)?|(?:permite|acepta|autoriza)contacto|contacto(?:permitido|autorizado)|accepte(?:detre)?contact|contactautorise)$/;
