/** Whether the window is a phone's, which has room for a panel or for the query; style.css says the same. */
export const isNarrow = () => matchMedia('(max-width: 700px)').matches
