--- `:Astral next` and `:Astral prev`, around the ends of the file.

local place = require("astral.place")
local server = require("astral.server")

local M = {}

---@param method "astral/nextHole"|"astral/previousHole"
function M.to(method)
  local bufnr, winid = vim.api.nvim_get_current_buf(), vim.api.nvim_get_current_win()
  local client = server.client(bufnr)
  if not client then
    return
  end
  local parameters = { textDocument = place.document(bufnr), position = place.cursor(winid, client) }
  client:request(method, parameters, function(problem, hole)
    if problem then
      return server.say(require("astral.fill").said(problem), vim.log.levels.WARN)
    elseif not hole then
      return server.say("there is no hole in this file")
    elseif not vim.api.nvim_win_is_valid(winid) or vim.api.nvim_win_get_buf(winid) ~= bufnr then
      return
    end
    local row, column = place.to_buffer(bufnr, hole.range.start, client.offset_encoding)
    vim.api.nvim_win_call(winid, function()
      vim.cmd.normal({ "m'", bang = true })
      vim.api.nvim_win_set_cursor(winid, { row + 1, column })
      vim.cmd.normal({ "zv", bang = true })
    end)
  end, bufnr)
end

return M
