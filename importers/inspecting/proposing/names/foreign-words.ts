import { entryOf, spelling } from '../../../legacy/reading.ts';

/**
 * Words of lookups that no reader knows, because they are of another language or have a meaning only in one CRM; what a
 * proposal says they mean is for a person to check.
 */
const meanings: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  standardStatus: {
    ...meaning(
      'Active',
      'available forsale onmarket live open aktiv frei verfugbar zuverkaufen online inserat activo activa disponible enventa actif avendre',
    ),
    ...meaning('Coming Soon', 'upcoming premarket invorbereitung inkurze demnachst proximamente'),
    ...meaning(
      'Pending',
      'underoffer offeraccepted reserved saleagreed reserviert notartermin untervertrag bajocontrato pendiente reservado reservada apartado souscompromis',
    ),
    ...meaning('Active Under Contract', 'contingent'),
    ...meaning('Closed', 'settled completed verkauft abgeschlossen beurkundet vendido vendida cerrado cerrada vendu'),
    ...meaning('Withdrawn', 'offmarket removed zuruckgezogen vommarkt retirado retirada retire'),
    ...meaning('Expired', 'abgelaufen vencido expirado expire'),
    ...meaning('Canceled', 'storniert gekundigt cancelado cancelada annule'),
    ...meaning('Hold', 'paused pausiert ruht suspendido enpausa'),
    ...meaning('Delete', 'geloscht eliminado supprime'),
  },
  leadStage: {
    ...meaning('New', 'open neu offen nuevo nueva nouveau'),
    ...meaning('Attempted', 'noanswer nichterreicht intentado'),
    ...meaning('Contacted', 'incontact working kontaktiert inkontakt contactado contactada contacte'),
    ...meaning('Nurture', 'warm cold longterm kalt beobachten tibio frio'),
    ...meaning('Hot', 'urgent heiss caliente chaud'),
    ...meaning('Appointment', 'viewing meeting termin besichtigung cita visita rendezvous'),
    ...meaning('Under Contract', 'untervertrag bajocontrato'),
    ...meaning('Closed', 'won bought gekauft abgeschlossen gewonnen cerrado comprado gagne'),
    ...meaning('Trash', 'lost junk spam archived verloren archiv erledigt tot muerto muerta perdido descartado perdu'),
  },
  roles: {
    ...meaning(
      'agent',
      'consultant advisor negotiator makler maklerin immobilienmakler immobilienmaklerin verkaufer verkauferin immobilienberater immobilienberaterin agente agenteinmobiliario agenteinmobiliaria asesor asesora asesorinmobiliario asesorainmobiliaria corredor corredora vendedor vendedora',
    ),
    ...meaning(
      'owner',
      'founder proprietor inhaber inhaberin eigentumer eigentumerin propietario propietaria dueno duena',
    ),
    ...meaning(
      'manager',
      'director teamlead teamleader leiter leiterin teamleiter teamleiterin buroleiter buroleiterin filialleiter filialleiterin geschaftsfuhrer geschaftsfuhrerin gerente directora',
    ),
    ...meaning('admin', 'superuser root verwalter verwalterin systemverwalter administrador administradora'),
    ...meaning(
      'assistant',
      'secretary assistent assistentin assistenz sekretar sekretarin asistente secretaria secretario',
    ),
    ...meaning('staff', 'employee clerk mitarbeiter mitarbeiterin innendienst personal empleado empleada'),
  },
  propertyType: {
    ...meaning('Single Family', 'detached haus einfamilienhaus efh villa casa chalet maison'),
    ...meaning('Condo', 'apartment flat wohnung eigentumswohnung etw departamento apartamento piso appartement'),
    ...meaning('Townhouse', 'rowhouse terraced reihenhaus rh adosado'),
    ...meaning('Multi Family', 'mehrfamilienhaus mfh zinshaus multifamiliar immeuble'),
    ...meaning('Land', 'plot grundstuck bauland terreno solar terrain'),
    ...meaning('Commercial', 'office retail gewerbe buro local oficina'),
  },
  leadSource: {
    ...meaning('Website', 'webseite homepage internetseite sitioweb paginaweb'),
    ...meaning(
      'Referral',
      'recommendation empfehlung empfohlen recomendacion recomendado recomendada referido referida',
    ),
    ...meaning('Open House', 'tagderoffenentur offenebesichtigung casaabierta puertasabiertas'),
  },
  associationFeeFrequency: {
    ...meaning('Monthly', 'mtl monatl monatlich mensual mensualmente'),
    ...meaning('Quarterly', 'quartal quartalsweise vierteljahrlich trimestral'),
    ...meaning('Annually', 'jahrl jahrlich anual anualmente'),
  },
  status: {
    ...meaning('offered', 'sent pending angeboten offen gesendet ofrecido ofrecida'),
    ...meaning('accepted', 'taken angenommen aceptado aceptada'),
    ...meaning('declined', 'rejected refused abgelehnt rechazado rechazada'),
    ...meaning('expired', 'timeout abgelaufen vencido'),
    ...meaning(
      'assigned',
      'assignment zugewiesen zugeteilt zuweisung zuweisungen zuteilung zuteilungen asignado asignada asignacion asignaciones',
    ),
  },
  activityType: {
    ...meaning('Call', 'phonecall anruf telefonat telefon llamada appel'),
    ...meaning('Email', 'mail correo courriel'),
    ...meaning('SMS', 'message textmessage whatsapp nachricht mensaje'),
    ...meaning('Note', 'comment memo notiz kommentar nota'),
    ...meaning('Showing', 'viewing tour visit besichtigung visita visite'),
  },
  scheduleType: {
    ...meaning('daily', 'd taglich diario diaria quotidien'),
    ...meaning('weekly', 'w wochentlich semanal hebdomadaire'),
    ...meaning('instant', 'sofort inmediato alinstante immediat'),
    ...meaning('never', 'nie nunca jamais'),
  },
};

function meaning(known: string, words: string): Record<string, string> {
  return Object.fromEntries(words.split(' ').map((word) => [word, known]));
}

/** What a word of a lookup means, in a word that the field's reader knows; `undefined` if this table does not have it. */
export const meaningOf = (slot: string, word: string): string | undefined =>
  entryOf(meanings[slot === 'propertySubTypes' ? 'propertyType' : slot] ?? {}, spelling(word.replace(/ß/g, 'ss')));
