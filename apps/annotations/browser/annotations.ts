import { openTheatre } from './theatre.ts'

const theatre = document.getElementById('theatre')
if (theatre !== null) openTheatre(theatre)
