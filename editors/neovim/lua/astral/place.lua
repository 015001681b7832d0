--- Positions of the protocol and of a buffer.

local M = {}

--- (row, byte column) of a position, both 0-based.
---@param bufnr integer
---@param position lsp.Position
---@param encoding string
---@return integer row
---@return integer column
function M.to_buffer(bufnr, position, encoding)
  local line = vim.api.nvim_buf_get_lines(bufnr, position.line, position.line + 1, false)[1]
  if not line then
    return vim.api.nvim_buf_line_count(bufnr), 0
  end
  return position.line, vim.str_byteindex(line, encoding, position.character, false)
end

--- The cursor of a window as a position.
---@param winid integer
---@param client vim.lsp.Client
---@return lsp.Position
function M.cursor(winid, client)
  return vim.lsp.util.make_position_params(winid, client.offset_encoding).position
end

---@param a lsp.Position
---@param b lsp.Position
---@return boolean
function M.before(a, b)
  return a.line < b.line or (a.line == b.line and a.character < b.character)
end

--- Whether a position is in a range or at one of its ends.
---@param range lsp.Range
---@param position lsp.Position
---@return boolean
function M.contains(range, position)
  return not M.before(position, range.start) and not M.before(range["end"], position)
end

---@param bufnr integer
---@return { uri: string, version: integer }
function M.document(bufnr)
  return { uri = vim.uri_from_bufnr(bufnr), version = vim.lsp.util.buf_versions[bufnr] }
end

--- The range from one (row, byte column) to another, 0-based, the end excluded.
---@param bufnr integer
---@param client vim.lsp.Client
---@param from [integer, integer]
---@param to [integer, integer]
---@return lsp.Range
function M.range(bufnr, client, from, to)
  local function position(row, column)
    local line = vim.api.nvim_buf_get_lines(bufnr, row, row + 1, false)[1] or ""
    return { line = row, character = vim.str_utfindex(line, client.offset_encoding, math.min(column, #line), false) }
  end
  return { start = position(unpack(from)), ["end"] = position(unpack(to)) }
end

--- The lines of a command's range without their indentation, or the selection if that is what the range stands for.
---@param bufnr integer
---@param client vim.lsp.Client
---@param first integer 1-based.
---@param last integer 1-based.
---@return lsp.Range
function M.selection(bufnr, client, first, last)
  local from, to = vim.api.nvim_buf_get_mark(bufnr, "<"), vim.api.nvim_buf_get_mark(bufnr, ">")
  if vim.fn.visualmode() == "v" and from[1] == first and to[1] == last then
    local line = vim.api.nvim_buf_get_lines(bufnr, last - 1, last, false)[1]
    local column = math.min(to[2] + 1, #line)
    local stop = column == 0 and 0 or column + vim.str_utf_end(line, column)
    return M.range(bufnr, client, { first - 1, from[2] }, { last - 1, stop })
  end
  return M.range(bufnr, client, { first - 1, vim.fn.indent(first) }, { last - 1, vim.v.maxcol })
end

--- What is done next in a buffer is an undo step of its own.
---@param bufnr integer
function M.break_undo(bufnr)
  vim.api.nvim_buf_call(bufnr, function()
    vim.cmd("let &l:undolevels = &l:undolevels")
  end)
end

return M
