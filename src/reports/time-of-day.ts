/** `12:03:01.123`, local time. */
export function timeOf(date: Date): string {
  const two = (part: number): string => String(part).padStart(2, '0')
  const milliseconds = String(date.getMilliseconds()).padStart(3, '0')
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${milliseconds}`
}
