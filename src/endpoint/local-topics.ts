import type { OutgoingMessage, Publisher } from '../channel/connection.ts'
import type { Frame } from '../wire/serializer.ts'

/** Who takes part in which topics, both ways. A member that leaves while a topic is walked through is not met any more. */
export class TopicMembers<Member> {
  private readonly members = new Map<string, Set<Member>>()
  private readonly topics = new Map<Member, Set<string>>()

  /** How many topics have a member. */
  get size(): number {
    return this.members.size
  }

  /** Lets a member take part in a topic. Once is enough. */
  subscribe(nativeTopic: string, member: Member): void {
    setAt(this.members, nativeTopic).add(member)
    setAt(this.topics, member).add(nativeTopic)
  }

  unsubscribe(nativeTopic: string, member: Member): void {
    removeFrom(this.members, nativeTopic, member)
    removeFrom(this.topics, member, nativeTopic)
  }

  /** Takes a member out of all its topics: what a closed connection calls. */
  leave(member: Member): void {
    for (const nativeTopic of this.topics.get(member) ?? []) removeFrom(this.members, nativeTopic, member)
    this.topics.delete(member)
  }

  /** Who is in a topic right now. */
  membersOf(nativeTopic: string): Iterable<Member> {
    return this.members.get(nativeTopic) ?? NOTHING
  }

  /** What a member takes part in right now. */
  topicsOf(member: Member): Iterable<string> {
    return this.topics.get(member) ?? NOTHING
  }
}

/** Who gets frames: a connection, mostly. */
export interface TopicMember {
  send(frame: Frame, about?: OutgoingMessage): void
}

/**
 * Native topics for transports that have none: a frame is handed to one member after the other, in the order in which they came.
 *
 * Neither a process nor a network: everything takes effect before a call returns.
 */
export class LocalTopics<Member extends TopicMember = TopicMember> extends TopicMembers<Member> implements Publisher {
  /** Sends one frame to every member of a topic but `without`. */
  publish(nativeTopic: string, frame: Frame, about?: OutgoingMessage, without?: Member): void {
    for (const member of this.membersOf(nativeTopic)) if (member !== without) member.send(frame, about)
  }
}

const NOTHING: readonly never[] = []

function setAt<K, V>(map: Map<K, Set<V>>, key: K): Set<V> {
  const known = map.get(key)
  if (known !== undefined) return known
  const added = new Set<V>()
  map.set(key, added)
  return added
}

function removeFrom<K, V>(map: Map<K, Set<V>>, key: K, value: V): void {
  const set = map.get(key)
  if (set?.delete(value) && set.size === 0) map.delete(key)
}
