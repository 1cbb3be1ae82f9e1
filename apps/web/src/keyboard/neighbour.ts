/** A card's list and its box on the screen (px, any common origin). */
export interface CardBox {
  readonly list: number;
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface ArrowPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly rtl: boolean;
}

const centre = (box: CardBox) => box.left + box.width / 2;

/** The card of `candidates` that is nearest to the same column. */
function nearest(boxes: readonly CardBox[], candidates: readonly number[], x: number): number | undefined {
  let best: number | undefined;
  for (const index of candidates)
    if (best === undefined || Math.abs(centre(boxes[index]!) - x) < Math.abs(centre(boxes[best]!) - x)) best = index;
  return best;
}

/** The line of cards below (`direction` 1) or above (−1) the current one, in the next list if this one ends. */
function nextLine(boxes: readonly CardBox[], current: number, direction: 1 | -1): readonly number[] {
  const from = boxes[current]!;
  const half = from.height / 2;
  const beyond = boxes.flatMap((box, index) => {
    const sameList = box.list === from.list;
    const ahead = sameList ? (box.top - from.top) * direction > half : (box.list - from.list) * direction > 0;
    return ahead ? [index] : [];
  });
  if (beyond.length === 0) return [];
  const lists = beyond.map((index) => boxes[index]!.list);
  const list = direction === 1 ? Math.min(...lists) : Math.max(...lists);
  const inList = beyond.filter((index) => boxes[index]!.list === list);
  const tops = inList.map((index) => boxes[index]!.top);
  const top = direction === 1 ? Math.min(...tops) : Math.max(...tops);
  return inList.filter((index) => Math.abs(boxes[index]!.top - top) < half);
}

/**
 * Returns the card that an arrow key, Home or End moves to: in reading order within a list, by column between lines.
 *
 * @param boxes Every card of the page, in document order.
 * @returns An index into `boxes`, or undefined when the key has no meaning or there is no card in that direction.
 */
export function neighbour(boxes: readonly CardBox[], current: number, press: ArrowPress): number | undefined {
  const from = boxes[current];
  if (!from) return undefined;
  const x = centre(from);
  const inList = (index: number) => (boxes[index]?.list === from.list ? index : undefined);
  switch (press.key) {
    case 'ArrowLeft':
      return inList(current + (press.rtl ? 1 : -1));
    case 'ArrowRight':
      return inList(current + (press.rtl ? -1 : 1));
    case 'ArrowDown':
      return nearest(boxes, nextLine(boxes, current, 1), x);
    case 'ArrowUp':
      return nearest(boxes, nextLine(boxes, current, -1), x);
    case 'Home':
    case 'End': {
      const list = press.ctrlKey ? (press.key === 'Home' ? boxes[0] : boxes.at(-1))!.list : from.list;
      const indices = boxes.flatMap((box, index) => (box.list === list ? [index] : []));
      if (press.ctrlKey) return nearest(boxes, indices, x);
      return press.key === 'Home' ? indices[0] : indices.at(-1);
    }
    default:
      return undefined;
  }
}
