import { entryOf, spelled, spelling } from '../../../legacy/reading.ts';

/**
 * Words of lookups that no reader knows, because they are of another language or have a meaning only in one CRM; what a
 * proposal says they mean is for a person to check.
 */
const meanings: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  standardStatus: {
    ...spelled(
      'Active',
      'available forsale onmarket live open aktiv frei verfugbar zuverkaufen online inserat activo activa disponible enventa actif avendre',
    ),
    ...spelled('Coming Soon', 'upcoming premarket invorbereitung inkurze demnachst proximamente'),
    ...spelled(
      'Pending',
      'underoffer offeraccepted reserved saleagreed reserviert notartermin untervertrag bajocontrato pendiente reservado reservada apartado souscompromis',
    ),
    ...spelled('Active Under Contract', 'contingent'),
    ...spelled('Closed', 'settled completed verkauft abgeschlossen beurkundet vendido vendida cerrado cerrada vendu'),
    ...spelled('Withdrawn', 'offmarket removed zuruckgezogen vommarkt retirado retirada retire'),
    ...spelled('Expired', 'abgelaufen vencido expirado expire'),
    ...spelled('Canceled', 'storniert gekundigt cancelado cancelada annule'),
    ...spelled('Hold', 'paused pausiert ruht suspendido enpausa'),
    ...spelled('Delete', 'geloscht eliminado supprime'),
  },
  leadStage: {
    ...spelled('New', 'open neu offen nuevo nueva nouveau'),
    ...spelled('Attempted', 'noanswer nichterreicht intentado'),
    ...spelled('Contacted', 'incontact working kontaktiert inkontakt contactado contactada contacte'),
    ...spelled('Nurture', 'warm cold longterm kalt beobachten tibio frio'),
    ...spelled('Hot', 'urgent heiss caliente chaud'),
    ...spelled('Appointment', 'viewing meeting termin besichtigung cita visita rendezvous'),
    ...spelled('Under Contract', 'untervertrag bajocontrato'),
    ...spelled('Closed', 'won bought gekauft abgeschlossen gewonnen cerrado comprado gagne'),
    ...spelled('Trash', 'lost junk spam archived verloren archiv erledigt tot muerto muerta perdido descartado perdu'),
  },
  roles: {
    ...spelled(
      'agent',
      'consultant advisor negotiator makler maklerin immobilienmakler immobilienmaklerin verkaufer verkauferin immobilienberater immobilienberaterin agente agenteinmobiliario agenteinmobiliaria asesor asesora asesorinmobiliario asesorainmobiliaria corredor corredora vendedor vendedora',
    ),
    ...spelled(
      'owner',
      'founder proprietor inhaber inhaberin eigentumer eigentumerin propietario propietaria dueno duena',
    ),
    ...spelled(
      'manager',
      'director teamlead teamleader leiter leiterin teamleiter teamleiterin buroleiter buroleiterin filialleiter filialleiterin geschaftsfuhrer geschaftsfuhrerin gerente directora',
    ),
    ...spelled('admin', 'superuser root verwalter verwalterin systemverwalter administrador administradora'),
    ...spelled(
      'assistant',
      'secretary assistent assistentin assistenz sekretar sekretarin asistente secretaria secretario',
    ),
    ...spelled('staff', 'employee clerk mitarbeiter mitarbeiterin innendienst personal empleado empleada'),
  },
  propertyType: {
    ...spelled('Single Family', 'detached haus einfamilienhaus efh villa casa chalet maison'),
    ...spelled('Condo', 'apartment flat wohnung eigentumswohnung etw departamento apartamento piso appartement'),
    ...spelled('Townhouse', 'rowhouse terraced reihenhaus rh adosado'),
    ...spelled('Multi Family', 'mehrfamilienhaus mfh zinshaus multifamiliar immeuble'),
    ...spelled('Land', 'plot grundstuck bauland terreno solar terrain'),
    ...spelled('Commercial', 'office retail gewerbe buro local oficina'),
  },
  leadSource: {
    ...spelled('Website', 'webseite homepage internetseite sitioweb paginaweb'),
    ...spelled(
      'Referral',
      'recommendation empfehlung empfohlen recomendacion recomendado recomendada referido referida',
    ),
    ...spelled('Open House', 'tagderoffenentur offenebesichtigung casaabierta puertasabiertas'),
  },
  associationFeeFrequency: {
    ...spelled('Monthly', 'mtl monatl monatlich mensual mensualmente'),
    ...spelled('Quarterly', 'quartal quartalsweise vierteljahrlich trimestral'),
    ...spelled('Annually', 'jahrl jahrlich anual anualmente'),
  },
  status: {
    ...spelled('offered', 'sent pending angeboten offen gesendet ofrecido ofrecida'),
    ...spelled('accepted', 'taken angenommen aceptado aceptada'),
    ...spelled('declined', 'rejected refused abgelehnt rechazado rechazada'),
    ...spelled('expired', 'timeout abgelaufen vencido'),
    ...spelled(
      'assigned',
      'assignment zugewiesen zugeteilt zuweisung zuweisungen zuteilung zuteilungen asignado asignada asignacion asignaciones',
    ),
  },
  activityType: {
    ...spelled('Call', 'phonecall anruf telefonat telefon llamada appel'),
    ...spelled('Email', 'mail correo courriel'),
    ...spelled('SMS', 'message textmessage whatsapp nachricht mensaje'),
    ...spelled('Note', 'comment memo notiz kommentar nota'),
    ...spelled('Showing', 'viewing tour visit besichtigung visita visite'),
  },
  scheduleType: {
    ...spelled('daily', 'd taglich diario diaria quotidien'),
    ...spelled('weekly', 'w wochentlich semanal hebdomadaire'),
    ...spelled('instant', 'sofort inmediato alinstante immediat'),
    ...spelled('never', 'nie nunca jamais'),
  },
};

/** What a word of a lookup means, in a word that the field's reader knows; `undefined` if this table does not have it. */
export const meaningOf = (slot: string, word: string): string | undefined =>
  entryOf(meanings[slot === 'propertySubTypes' ? 'propertyType' : slot] ?? {}, spelling(word.replace(/ß/g, 'ss')));
