// The search. All else works without.
const search = document.getElementById('search')
const input = search.querySelector('input')
const found = document.getElementById('found')
const list = found.querySelector('ul')
const most = 50

const places = [...document.querySelectorAll('main h3[id], main h4[id]')].map(({ id }) => {
  const name = id.split('.').at(-1).toLowerCase()
  return { id, name, whole: id.toLowerCase() }
})

/** How well a place answers a search: the least is best, Infinity is not at all. */
function rank({ name, whole }, text) {
  if (name === text || whole === text) return 0
  if (name.startsWith(text)) return 1
  if (whole.startsWith(text)) return 2
  return whole.includes(text) ? 3 : Infinity
}

function show() {
  const text = input.value.trim().toLowerCase()
  found.hidden = !text
  if (!text) return
  const ranked = places
    .map((place) => ({ id: place.id, rank: rank(place, text), length: place.whole.length }))
    .filter(({ rank }) => rank < Infinity)
    .sort((a, b) => a.rank - b.rank || a.length - b.length)
  found.querySelector('p').textContent =
    ranked.length > most ? `The best ${most} of ${ranked.length}` : ranked.length === 1 ? '1 found' : `${ranked.length} found`
  list.replaceChildren(
    ...ranked.slice(0, most).map(({ id }) => {
      const item = document.createElement('li')
      const link = item.appendChild(document.createElement('a'))
      link.href = `#${id}`
      link.textContent = id
      return item
    }),
  )
}

function close() {
  found.hidden = true
  input.value = ''
}

search.hidden = false
input.addEventListener('input', show)
list.addEventListener('click', close)

search.addEventListener('keydown', (event) => {
  const links = [...list.querySelectorAll('a')]
  const at = links.indexOf(document.activeElement)
  if (event.key === 'Escape') {
    close()
    input.focus()
  } else if (event.key === 'Enter' && document.activeElement === input && !found.hidden) {
    links[0]?.click()
    input.blur()
  } else if (event.key === 'ArrowDown') {
    links[at + 1]?.focus()
  } else if (event.key === 'ArrowUp') {
    ;(links[at - 1] ?? input).focus()
  } else {
    return
  }
  event.preventDefault()
})

document.addEventListener('keydown', (event) => {
  if (event.key !== '/' || document.activeElement === input || event.ctrlKey || event.metaKey || event.altKey) return
  event.preventDefault()
  input.focus()
})

document.addEventListener('click', (event) => {
  if (!search.contains(event.target)) found.hidden = true
})

// Where there is room, the contents are open; a phone has them closed.
if (matchMedia('(min-width: 55.01rem)').matches) {
  for (const group of document.querySelectorAll('nav details')) group.open = true
}
