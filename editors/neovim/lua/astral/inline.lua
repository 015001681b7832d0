--- Ghost text, where Neovim has it (0.12): accepted whole, by the line or by the word. Showing it is Neovim's own.

local M = {}

---@alias astral.Part "all"|"line"|"word"

---@class astral.GhostText What |vim.lsp.inline_completion.get()| hands to `on_accept`.
---@field insert_text string|{ value: string }

--- How much of `text` stands before the cursor already: the longest end of `before` that begins it.
---@param before string
---@param text string
---@return integer bytes
local function typed(before, text)
  for length = math.min(#before, #text), 1, -1 do
    if vim.startswith(text, before:sub(-length)) then
      return length
    end
  end
  return 0
end

--- `text` as far as accepting a part of what `before` leaves open takes it.
---@param text string
---@param before string The cursor's line up to the cursor.
---@param part astral.Part
---@return string
function M.upto(text, before, part)
  local from = typed(before, text) + 1
  local _, stop
  if part == "line" then
    _, stop = text:find("^\n?[^\n]+", from)
  elseif part == "word" then
    _, stop = text:find("^%s*[%w_\128-\255]+", from)
    if not stop then
      _, stop = text:find("^%s*[^%w_%s\128-\255]+", from)
    end
  end
  return text:sub(1, stop)
end

--- Accept what is shown; whether something was.
---@param part astral.Part
---@return boolean
function M.accept(part)
  if not vim.lsp.inline_completion then
    require("astral.server").say("ghost text needs Neovim 0.12 or later", vim.log.levels.WARN)
    return false
  end
  local cursor = vim.api.nvim_win_get_cursor(0)[2]
  local before = vim.api.nvim_get_current_line():sub(1, cursor)
  return vim.lsp.inline_completion.get({
    ---@param item astral.GhostText
    on_accept = function(item)
      if type(item.insert_text) == "string" then
        item.insert_text = M.upto(item.insert_text, before, part)
      end
      return item
    end,
  })
end

return M
