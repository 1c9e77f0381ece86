/** Labels of the components of an agent's score. */
const components: Readonly<Record<string, string>> = {
  area: 'Area',
  price: 'Price',
  propertyType: 'Type of home',
  language: 'Language',
  capacity: 'Room',
  hours: 'At work',
  responseTime: 'Answers',
  conversion: 'Buyers',
  fairness: 'Fairness',
  deficit: 'Owed',
  turns: 'Turns',
};

export const componentLabel = (name: string): string => components[name] ?? name;

/** Why an agent could not have a lead, by the rule that kept them from it. */
const obstacles: Readonly<Record<string, string>> = {
  status: 'is no longer with the brokerage',
  role: 'is not an agent',
  pause: 'was away',
  tried: 'had already been offered it',
  license: 'is not licensed in the state',
  hours: 'was not at work',
  area: 'does not cover the area',
  price: 'works at other prices',
  capacity: 'had no room for another lead',
};

export const obstacleWords = (rule: string): string => obstacles[rule] ?? rule;
