/** How a moment is shown: `Mar 31, 2:05 PM`, with the year when it is not this one. */
export const momentInWords = (timeZone: string): ((date: Date) => string) => {
  const format = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat('en-US', { timeZone, month: 'short', day: 'numeric', ...options });
  const thisYear = format({ hour: 'numeric', minute: '2-digit' });
  const another = format({ year: 'numeric', hour: 'numeric', minute: '2-digit' });
  return (date) => (date.getFullYear() === new Date().getFullYear() ? thisYear : another).format(date);
};
